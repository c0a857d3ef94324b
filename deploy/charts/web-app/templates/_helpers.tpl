{{- define "web-app.fullname" -}}
{{ printf "%s-web-app" .Release.Name | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* What selects the pods; Okteto finds the workload of a dev container by the same two labels. */}}
{{- define "web-app.selector" -}}
app.kubernetes.io/name: web-app
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "web-app.labels" -}}
{{ include "web-app.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "web-app.host" -}}
{{ tpl (required "ingress.host is required" .Values.ingress.host) . }}
{{- end }}
