//! Command lines as data: which flags take the next word, and which programs make files.

/// Flags of Helm that take the next word.
#[rustfmt::skip]
pub const HELM_VALUES: &[&str] = &[
    "-f", "--values", "--set", "--set-string", "--set-file", "--set-json", "--set-literal", "-n",
    "--namespace", "--kube-context", "--kubeconfig", "--version", "--timeout", "--repo", "--username",
    "--password", "--ca-file", "--cert-file", "--key-file", "--keyring", "--description", "--post-renderer",
    "--post-renderer-args", "--history-max", "-o", "--output", "--registry-config", "--repository-cache",
    "--repository-config", "--name-template", "-l", "--labels", "-a", "--api-versions", "--kube-version",
    "-s", "--show-only", "--output-dir", "--kube-apiserver", "--kube-token", "--kube-as-user",
    "--kube-as-group", "--kube-ca-file", "--burst-limit", "--qps", "-d", "--destination", "--untardir",
];

/// Flags of kubectl that take the next word.
#[rustfmt::skip]
pub const KUBECTL_VALUES: &[&str] = &[
    "-f", "--filename", "-k", "--kustomize", "-n", "--namespace", "--context", "--kubeconfig", "--cluster",
    "--user", "-o", "--output", "-l", "--selector", "--from-file", "--from-literal", "--from-env-file",
    "--type", "--image", "--timeout", "--field-manager", "--token", "-s", "--server", "--as",
    "--request-timeout", "-p", "--patch", "--patch-file", "--docker-server", "--docker-username",
    "--docker-password", "--docker-email", "--cert", "--key", "--from", "--class", "--rule", "--port", "-c",
    "--container", "--replicas", "--field-selector", "--for",
];

/// Flags of Compose that take the next word.
#[rustfmt::skip]
pub(super) const COMPOSE_VALUES: &[&str] = &[
    "-f", "--file", "-p", "--project-name", "--profile", "--env-file", "--project-directory", "--ansi",
];

/// Programs that may make any file.
#[rustfmt::skip]
pub(super) const MAKERS: &[&str] = &[
    "make", "just", "task", "tar", "unzip", "node", "python", "python3", "ruby", "perl", "deno", "tsx",
    "ts-node", "go", "terraform", "tofu", "cdk8s", "jsonnet", "jb", "kompose", "rsync", "scp", "aws",
    "gsutil", "gcloud", "az", "vault", "helmfile", "skaffold", "ansible-playbook", "gomplate", "ytt",
    "vendir", "turbo", "cargo", "docker", "gh", "glab",
];
