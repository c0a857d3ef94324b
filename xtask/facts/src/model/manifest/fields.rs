//! The table of fields of the Okteto manifest at CLI 3.14: which keys exist, in which forms the CLI takes
//! them at run time, which of these `okteto validate` refuses, and where the CLI expands variables.
//!
//! Source: okteto/okteto `schema.json`, `pkg/model/manifest.go`, `dev.go`, `serializer.go`, `test.go`.

use crate::syntax::shape::Expands::{Nested, No, Shell, Yes};
use crate::syntax::shape::Form::{
    Any, Bool, Int, List, Map, Null, Object, Quoted, RunTimeOnly, Since, Text, Word,
};
use crate::syntax::shape::{Expands, Field, Form, Shape, field};

const TEXT: &[Form] = &[Text];
const BOOL: &[Form] = &[Bool];
const INT: &[Form] = &[Int];
const ANY: &[Form] = &[Any];
const TEXTS: &[Form] = &[List(TEXT)];
const TEXTS_OR_TEXT: &[Form] = &[List(TEXT), RunTimeOnly(&Text)];
const TEXT_MAP: &[Form] = &[Map(TEXT)];
const PAIRS: &[Form] = &[Map(&[Text, RunTimeOnly(&Null)]), List(TEXT)];
/// A record of Kubernetes or Istio whose keys are theirs to judge.
const RECORD: &[Form] = &[Map(&[Text, List(TEXT)])];
const RECORDS: &[Form] = &[List(RECORD)];
const AFFINITY: &[Form] = &[Map(&[Map(ANY)])];
const QUANTITIES: &[Form] = &[Map(&[Quoted])];

const fn text(name: &'static str, expands: Expands, doc: &'static str) -> Field {
    field(name, TEXT, expands, doc)
}

/// The manifest itself.
pub static ROOT: Shape = Shape {
    name: "an Okteto manifest",
    fields: &[
        text("name", Nested, "Name of the development environment"),
        text("icon", Nested, "Icon in the dashboard"),
        field("build", &[Map(&[Object(&BUILD), RunTimeOnly(&Text)])], Nested, "Images to build"),
        field("deploy", &[List(COMMANDS), Object(&DEPLOY)], Nested, "Commands that deploy the environment"),
        field(
            "destroy",
            &[List(COMMANDS), Object(&DESTROY)],
            Nested,
            "Commands that remove what deploy made",
        ),
        field("dev", &[Map(&[Object(&DEV)])], Nested, "Development containers"),
        field("test", &[Map(&[Object(&TEST)])], Nested, "Test containers"),
        field("external", &[Map(&[Object(&EXTERNAL)])], Nested, "Resources outside the namespace"),
        field("forward", &[List(&[Text, Object(&GLOBAL_FORWARD)])], No, "Ports forwarded in every session"),
        field(
            "dependencies",
            &[List(TEXT), Map(&[Object(&DEPENDENCY), RunTimeOnly(&Text)])],
            Nested,
            "Other repositories to deploy first",
        ),
    ],
};

const COMMANDS: &[Form] = &[Text, Object(&COMMAND)];

static COMMAND: Shape = Shape {
    name: "a command",
    fields: &[
        text("name", No, "Shown while the command runs"),
        text("command", Shell, "The command").required(),
    ],
};

/// An entry of `build`.
pub static BUILD: Shape = Shape {
    name: "a build",
    fields: &[
        text("context", Yes, "Build context, `.` by default"),
        text("dockerfile", Yes, "Dockerfile, relative to the context"),
        text("target", No, "Stage to build"),
        text("image", Yes, "Name of the image; switches Smart Builds off"),
        field(
            "args",
            &[Map(&[Quoted, RunTimeOnly(&Null)]), RunTimeOnly(&List(TEXT))],
            Yes,
            "Build arguments",
        ),
        field("secrets", &[Map(&[Text, Since("3.19", &Object(&BUILD_SECRET))])], Yes, "Build secrets"),
        field("depends_on", TEXTS_OR_TEXT, Nested, "Builds that go first"),
        field(
            "cache_from",
            &[RunTimeOnly(&List(TEXT)), RunTimeOnly(&Text)],
            Yes,
            "Images to take cache from",
        ),
        field("export_cache", &[RunTimeOnly(&List(TEXT)), RunTimeOnly(&Text)], Yes, "Where to store cache"),
    ],
};

static BUILD_SECRET: Shape = Shape {
    name: "a build secret",
    fields: &[text("file", Yes, "File with the secret"), text("env", No, "Variable with the secret")],
};

/// `deploy` as a mapping.
pub static DEPLOY: Shape = Shape {
    name: "`deploy`",
    fields: &[
        field("commands", &[List(COMMANDS)], Nested, "Commands, each in a shell of its own"),
        field("remote", BOOL, No, "Run in the cluster"),
        text("image", Yes, "Image for remote runs; setting it makes the run remote"),
        text("context", No, "Folder that is copied to a remote run"),
        field(
            "compose",
            &[Text, Object(&COMPOSE), List(&[Object(&COMPOSE), RunTimeOnly(&Text)])],
            Nested,
            "Compose files to deploy",
        ),
        field(
            "endpoints",
            &[List(&[Object(&ENDPOINT)]), RunTimeOnly(&Map(ANY))],
            Nested,
            "Endpoints of the environment",
        ),
        field("divert", &[Object(&DIVERT)], Nested, "Share services of another namespace"),
    ],
};

static COMPOSE: Shape = Shape {
    name: "`compose`",
    fields: &[
        text("file", Nested, "Compose file"),
        field("services", TEXTS, Nested, "Services to deploy; all by default"),
    ],
};

static ENDPOINT: Shape = Shape {
    name: "an endpoint",
    fields: &[
        text("path", Nested, "Path"),
        text("service", Nested, "Kubernetes service"),
        field("port", &[Int, RunTimeOnly(&Text)], Nested, "Port of the service"),
    ],
};

static DIVERT: Shape = Shape {
    name: "`divert`",
    fields: &[
        field("driver", &[Word(&["istio"]), RunTimeOnly(&Word(&["nginx"]))], Nested, "`istio`"),
        text("namespace", Yes, "Namespace to share with"),
        field("virtualServices", RECORDS, Nested, "Virtual services to divert"),
        field("hosts", RECORDS, Yes, "Hosts to divert"),
        text("service", Nested, "Service to divert (deprecated nginx driver)"),
        field("port", INT, Nested, "Port to divert (deprecated nginx driver)"),
        text("deployment", Nested, "Deployment to divert (deprecated nginx driver)"),
    ],
};

/// `destroy` as a mapping.
pub static DESTROY: Shape = Shape {
    name: "`destroy`",
    fields: &[
        field("commands", &[List(COMMANDS)], Nested, "Commands, each in a shell of its own"),
        field("remote", BOOL, No, "Run in the cluster"),
        text("image", Yes, "Image for remote runs; setting it makes the run remote"),
        text("context", No, "Folder that is copied to a remote run"),
    ],
};

/// An entry of `test`.
pub static TEST: Shape = Shape {
    name: "a test",
    fields: &[
        field("commands", &[List(COMMANDS)], Nested, "Commands, each in a shell of its own").required(),
        text("image", Yes, "Image to run in"),
        text("context", No, "Folder that is copied to the run"),
        field("depends_on", TEXTS_OR_TEXT, Nested, "Tests that go first"),
        field("caches", TEXTS, No, "Absolute folders kept between runs"),
        field("artifacts", &[List(&[Text, RunTimeOnly(&Map(TEXT))])], No, "Files to bring back"),
        field("hosts", &[List(&[Text, Object(&HOST)])], Yes, "Entries for /etc/hosts"),
        field("skipIfNoFileChanges", BOOL, No, "Skip while the context is unchanged"),
    ],
};

static HOST: Shape =
    Shape { name: "a host", fields: &[text("hostname", No, "Name"), text("ip", No, "Address")] };

/// An entry of `external`.
pub static EXTERNAL: Shape = Shape {
    name: "an external resource",
    fields: &[
        field(
            "icon",
            &[
                Word(&[
                    "default",
                    "container",
                    "dashboard",
                    "database",
                    "function",
                    "graph",
                    "storage",
                    "launchdarkly",
                    "mongodb",
                    "gcp",
                    "aws",
                    "okteto",
                ]),
                RunTimeOnly(&Text),
            ],
            Nested,
            "Icon in the dashboard",
        ),
        text("notes", Nested, "Markdown file"),
        field("endpoints", &[List(&[Object(&EXTERNAL_ENDPOINT)])], Nested, "Endpoints").required(),
    ],
};

static EXTERNAL_ENDPOINT: Shape = Shape {
    name: "an external endpoint",
    fields: &[text("name", Nested, "Name").required(), text("url", Nested, "URL")],
};

/// A forward of the whole environment, as a mapping.
pub static GLOBAL_FORWARD: Shape = Shape {
    name: "a global forward",
    fields: &[
        field("localPort", INT, No, "Port on the laptop").required(),
        field("remotePort", INT, No, "Port in the cluster").required(),
        text("name", No, "Service"),
        field("labels", TEXT_MAP, No, "Labels of the service"),
    ],
};

/// An entry of `dependencies`.
pub static DEPENDENCY: Shape = Shape {
    name: "a dependency",
    fields: &[
        text("repository", Yes, "Repository URL").required(),
        text("manifest", Yes, "Manifest in it"),
        text("branch", Yes, "Branch"),
        field("variables", PAIRS, Yes, "Variables for its deploy"),
        field("wait", BOOL, No, "Wait for it"),
        text("timeout", Nested, "How long to wait"),
    ],
};

/// An entry of `dev`.
pub static DEV: Shape = Shape {
    name: "a dev container",
    fields: &[
        field("affinity", AFFINITY, No, "Kubernetes affinity"),
        field("autocreate", BOOL, No, "Create the workload when it is missing"),
        field("command", &[Text, List(TEXT)], Shell, "Command of the session, a shell by default"),
        text("container", No, "Container of the pod"),
        field("envFiles", TEXTS_OR_TEXT, Yes, "Files with environment variables"),
        field("environment", PAIRS, Yes, "Environment variables"),
        field("externalVolumes", TEXTS, No, "`name[:subpath]:/mount` of existing volumes"),
        field("forward", &[List(&[Text, Object(&FORWARD)])], No, "Ports from the laptop to the pod"),
        text("image", Yes, "Image of the dev container"),
        field("imagePullPolicy", &[Word(&["Always", "IfNotPresent", "Never"])], No, "Pull policy"),
        field("initContainer", &[Object(&INIT_CONTAINER)], Nested, "Okteto's init container"),
        text("interface", No, "Address on the laptop for forwards"),
        field("lifecycle", &[Bool, Object(&LIFECYCLE)], Nested, "Lifecycle hooks"),
        field("metadata", &[Object(&METADATA)], Nested, "Labels and annotations"),
        field("mode", &[Word(&["sync", "hybrid"])], No, "`sync` or `hybrid`"),
        field("nodeSelector", TEXT_MAP, No, "Kubernetes node selector"),
        field("persistentVolume", &[Object(&PERSISTENT_VOLUME)], No, "Volume for synced files"),
        text("priorityClassName", No, "Kubernetes priority class"),
        field("probes", &[Bool, Object(&PROBES)], No, "Keep probes of the workload"),
        field("remote", INT, No, "Port of the SSH server"),
        field("resources", &[Object(&RESOURCES)], No, "Kubernetes resources"),
        field("reverse", TEXTS, No, "Ports from the pod to the laptop, `remote:local`"),
        field("secrets", TEXTS, Yes, "`LOCAL:REMOTE[:MODE]` files"),
        field("securityContext", &[Object(&SECURITY_CONTEXT)], No, "Kubernetes security context"),
        field("selector", TEXT_MAP, Yes, "Labels of the workload; its name is the key otherwise"),
        text("serviceAccount", No, "Service account"),
        field("services", &[List(&[Object(&SERVICE)])], Nested, "Further workloads with the same code"),
        field("sync", &[List(TEXT), Object(&SYNC)], Yes, "`LOCAL:REMOTE` folders"),
        field("timeout", &[Text, Object(&TIMEOUT)], No, "How long to wait"),
        field("tolerations", RECORDS, No, "Kubernetes tolerations"),
        field("volumes", TEXTS, No, "Folders of the pod kept in the volume"),
        text("workdir", No, "Working directory in the pod"),
        field("name", &[RunTimeOnly(&Text)], Yes, "Name of the workload"),
        field("args", &[RunTimeOnly(&List(TEXT)), RunTimeOnly(&Text)], No, "Arguments of the command"),
        field("replicas", &[RunTimeOnly(&Int)], No, "Only in `services`"),
        field("sshServerPort", &[RunTimeOnly(&Int)], No, "Port of the SSH server in the pod"),
    ],
};

static FORWARD: Shape = Shape {
    name: "a forward",
    fields: &[
        field("localPort", INT, No, "Port on the laptop").required(),
        field("remotePort", INT, No, "Port in the pod").required(),
        text("name", No, "Service instead of the dev container"),
        field("labels", TEXT_MAP, No, "Labels of that service"),
    ],
};

static SYNC: Shape = Shape {
    name: "`sync`",
    fields: &[
        field("folders", TEXTS, Yes, "`LOCAL:REMOTE` folders").required(),
        field("verbose", BOOL, No, "Log more"),
        field("compression", BOOL, No, "Compress; off in this form unless set"),
        field("rescanInterval", INT, No, "Seconds between full scans"),
    ],
};

static INIT_CONTAINER: Shape = Shape {
    name: "`initContainer`",
    fields: &[
        text("image", Yes, "Image"),
        field("resources", &[Object(&RESOURCES)], No, "Kubernetes resources"),
    ],
};

static LIFECYCLE: Shape = Shape {
    name: "`lifecycle`",
    fields: &[
        field("postStart", &[Object(&LIFECYCLE_HOOK), RunTimeOnly(&Bool)], Nested, "Hook after the start"),
        field("preStop", &[Object(&LIFECYCLE_HOOK), RunTimeOnly(&Bool)], Nested, "Hook before the stop"),
        field("postStar", &[RunTimeOnly(&Bool)], No, "Spelling of an old CLI"),
    ],
};

static LIFECYCLE_HOOK: Shape = Shape {
    name: "a lifecycle hook",
    fields: &[
        field("enabled", BOOL, No, "Whether it runs"),
        field("command", &[Text, List(TEXT)], Shell, "The command"),
    ],
};

static METADATA: Shape = Shape {
    name: "`metadata`",
    fields: &[
        field("labels", &[Map(TEXT), RunTimeOnly(&List(TEXT))], Yes, "Labels"),
        field("annotations", &[Map(TEXT), RunTimeOnly(&List(TEXT))], Yes, "Annotations"),
    ],
};

static PERSISTENT_VOLUME: Shape = Shape {
    name: "`persistentVolume`",
    fields: &[
        field("enabled", BOOL, No, "On by default"),
        text("accessMode", No, "`ReadWriteOnce` by default"),
        field("annotations", TEXT_MAP, No, "Annotations"),
        field("labels", TEXT_MAP, No, "Labels"),
        text("size", No, "`5Gi` by default"),
        text("storageClass", No, "Storage class"),
        text("volumeMode", No, "Volume mode"),
    ],
};

static PROBES: Shape = Shape {
    name: "`probes`",
    fields: &[
        field("liveness", BOOL, No, "Keep the liveness probe"),
        field("readiness", BOOL, No, "Keep the readiness probe"),
        field("startup", BOOL, No, "Keep the startup probe"),
    ],
};

static RESOURCES: Shape = Shape {
    name: "`resources`",
    fields: &[field("requests", QUANTITIES, No, "Requests"), field("limits", QUANTITIES, No, "Limits")],
};

static SECURITY_CONTEXT: Shape = Shape {
    name: "`securityContext`",
    fields: &[
        field("runAsUser", INT, No, "User id"),
        field("runAsGroup", INT, No, "Group id"),
        field("fsGroup", INT, No, "Group of the volume"),
        field("runAsNonRoot", BOOL, No, "Refuse to run as root"),
        field("allowPrivilegeEscalation", BOOL, No, "Kubernetes setting"),
        field("readOnlyRootFilesystem", BOOL, No, "Kubernetes setting"),
        field("capabilities", &[Object(&CAPABILITIES)], No, "Linux capabilities"),
    ],
};

static CAPABILITIES: Shape = Shape {
    name: "`capabilities`",
    fields: &[
        field("add", TEXTS, No, "Capabilities to add"),
        field("drop", &[RunTimeOnly(&List(TEXT))], No, "Capabilities to drop"),
    ],
};

static TIMEOUT: Shape = Shape {
    name: "`timeout`",
    fields: &[text("default", No, "For the dev container"), text("resources", No, "For what it needs")],
};

/// An entry of `dev.*.services`.
pub static SERVICE: Shape = Shape {
    name: "a service of a dev container",
    fields: &[
        field("annotations", TEXT_MAP, Yes, "Annotations"),
        field("command", &[List(TEXT), RunTimeOnly(&Text)], Shell, "Command"),
        text("container", No, "Container of the pod"),
        field(
            "environment",
            &[Map(&[Text, RunTimeOnly(&Null)]), RunTimeOnly(&List(TEXT))],
            Yes,
            "Environment variables",
        ),
        text("image", Yes, "Image"),
        field("labels", TEXT_MAP, Yes, "Labels of the workload (deprecated: `selector`)"),
        field("selector", TEXT_MAP, Yes, "Labels of the workload"),
        text("name", No, "Name of the workload"),
        field("replicas", INT, No, "Replicas"),
        field("resources", &[Object(&RESOURCES)], No, "Kubernetes resources"),
        field("sync", TEXTS, Yes, "Parts of the folders of the dev container"),
        text("workdir", No, "Working directory"),
        field("nodeSelector", TEXT_MAP, No, "Kubernetes node selector"),
        field("affinity", AFFINITY, No, "Kubernetes affinity"),
        field("tolerations", &[RunTimeOnly(&List(RECORD))], No, "Kubernetes tolerations"),
        field("metadata", &[Object(&METADATA)], Nested, "Labels and annotations"),
        field("envFiles", TEXTS_OR_TEXT, Yes, "Files with environment variables"),
        field("priorityClassName", TEXT, No, "Kubernetes priority class"),
    ],
};

/// Keys of a v1 manifest, which was one dev container at the top level.
pub const V1_KEYS: &[&str] = &[
    "image",
    "sync",
    "command",
    "workdir",
    "container",
    "environment",
    "volumes",
    "services",
    "labels",
    "resources",
    "persistentVolume",
    "push",
    "autocreate",
    "secrets",
    "reverse",
    "securityContext",
    "annotations",
    "serviceAccount",
    "initContainer",
    "lifecycle",
    "args",
    "mountpath",
    "subpath",
    "probes",
    "timeout",
    "imagePullPolicy",
    "interface",
    "remote",
    "tolerations",
    "healthchecks",
    "externalVolumes",
    "docker",
    "divert",
    "initFromImage",
    "nodeSelector",
    "affinity",
    "sshServerPort",
    "selector",
    "metadata",
];

/// Keys that the manifest had before CLI 3.0.
pub const REMOVED_KEYS: &[&str] = &["namespace", "context"];
