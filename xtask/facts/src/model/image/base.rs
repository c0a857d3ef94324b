//! Base images: what is known about the environment that a `FROM` brings.

/// Images that Docker publishes itself: `docker.io/library/NAME`.
#[rustfmt::skip]
const OFFICIAL: &[&str] = &[
    "aerospike", "almalinux", "alpine", "alt", "amazoncorretto", "amazonlinux", "api-firewall", "arangodb",
    "archlinux", "backdrop", "bash", "bonita", "buildpack-deps", "busybox", "caddy", "cassandra", "centos",
    "chronograf", "cirros", "clearlinux", "clefos", "clickhouse", "clojure", "composer", "convertigo",
    "couchbase", "couchdb", "crate", "crux", "dart", "debian", "docker", "drupal", "eclipse-mosquitto",
    "eclipse-temurin", "eggdrop", "elasticsearch", "elixir", "emqx", "erlang", "euleros", "fedora", "flink",
    "fluentd", "friendica", "gazebo", "gcc", "geonetwork", "ghost", "golang", "gradle", "groovy", "haproxy",
    "haskell", "haxe", "hello-world", "hitch", "httpd", "hylang", "ibm-semeru-runtimes", "ibmjava",
    "influxdb", "irssi", "java", "jetty", "joomla", "jruby", "julia", "kapacitor", "kibana", "kong",
    "krakend", "lightstreamer", "liquibase", "logstash", "mageia", "mariadb", "matomo", "maven", "mediawiki",
    "memcached", "mono", "mongo", "mongo-express", "monica", "mysql", "nats", "nats-streaming", "neo4j",
    "neurodebian", "nextcloud", "nginx", "node", "notary", "odoo", "open-liberty", "openjdk", "oraclelinux",
    "orientdb", "percona", "perl", "photon", "php", "php-zendserver", "phpmyadmin", "plone", "postfixadmin",
    "postgres", "pypy", "python", "r-base", "rabbitmq", "rakudo-star", "redis", "redmine", "registry",
    "rethinkdb", "rocket.chat", "rockylinux", "ros", "ruby", "rust", "sapmachine", "satosa", "scratch",
    "silverpeas", "sl", "solr", "sonarqube", "spark", "spiped", "storm", "swift", "swipl", "telegraf",
    "tomcat", "tomee", "traefik", "ubuntu", "unit", "varnish", "vault", "websphere-liberty", "wordpress",
    "xwiki", "yourls", "zookeeper",
];

/// Images of the projects that make the tools, and of Okteto on top of them, by the beginning of their names.
const OF_THE_TOOLS: &[&str] = &[
    "oven/bun",
    "ghcr.io/astral-sh/uv",
    "astral/uv",
    "ghcr.io/pnpm/pnpm",
    "mcr.microsoft.com/dotnet/",
    "composer/composer",
    "rustlang/rust",
    // `golang` with debuggers: Okteto's samples keep its `/go` in a volume.
    "okteto/golang",
];

/// Official images that stand on Debian or Ubuntu, unless their tag says otherwise.
#[rustfmt::skip]
const DEBIAN: &[&str] = &[
    "debian", "ubuntu", "buildpack-deps", "node", "golang", "python", "rust", "ruby", "php", "perl", "gcc",
    "nginx", "httpd", "postgres", "redis", "mariadb", "haskell", "erlang", "elixir", "julia", "r-base",
    "pypy", "gradle", "maven", "eclipse-temurin", "swift", "dart", "tomcat", "rakudo-star", "oven/bun",
];

/// Official images that run as another user than root.
#[rustfmt::skip]
const NOT_ROOT: &[&str] = &[
    "convertigo", "elasticsearch", "emqx", "geonetwork", "haproxy", "jetty", "kibana", "kong", "liquibase", "logstash",
    "memcached", "odoo", "open-liberty", "solr", "sonarqube", "spark", "varnish", "websphere-liberty",
];

/// What is known about the images with a name.
struct Known {
    /// The image without registry and tag.
    name: &'static str,
    workdir: &'static str,
    variables: &'static [(&'static str, &'static str)],
    /// Users besides root: name, home folder, numeric id (the group's is the same).
    users: &'static [(&'static str, &'static str, u32)],
}

const KNOWN: &[Known] = &[
    Known { name: "node", workdir: "/", variables: &[], users: &[("node", "/home/node", 1000)] },
    Known { name: "golang", workdir: "/go", variables: &[("GOPATH", "/go")], users: &[] },
    Known { name: "okteto/golang", workdir: "/go", variables: &[("GOPATH", "/go")], users: &[] },
    Known {
        name: "rust",
        workdir: "/",
        variables: &[("CARGO_HOME", "/usr/local/cargo"), ("RUSTUP_HOME", "/usr/local/rustup")],
        users: &[],
    },
    Known {
        name: "rustlang/rust",
        workdir: "/",
        variables: &[("CARGO_HOME", "/usr/local/cargo"), ("RUSTUP_HOME", "/usr/local/rustup")],
        users: &[],
    },
    Known {
        name: "ruby",
        workdir: "/",
        variables: &[("GEM_HOME", "/usr/local/bundle"), ("BUNDLE_APP_CONFIG", "/usr/local/bundle")],
        users: &[],
    },
    Known {
        name: "mcr.microsoft.com/dotnet/sdk",
        workdir: "/",
        variables: &[("APP_UID", "1654")],
        users: &[("app", "/home/app", 1654)],
    },
    Known {
        name: "mcr.microsoft.com/dotnet/aspnet",
        workdir: "/",
        variables: &[("APP_UID", "1654")],
        users: &[("app", "/home/app", 1654)],
    },
    Known { name: "composer", workdir: "/app", variables: &[("COMPOSER_HOME", "/tmp")], users: &[] },
    Known { name: "composer/composer", workdir: "/app", variables: &[("COMPOSER_HOME", "/tmp")], users: &[] },
    Known {
        name: "gradle",
        workdir: "/home/gradle",
        variables: &[("GRADLE_HOME", "/opt/gradle")],
        users: &[],
    },
    Known {
        name: "maven",
        workdir: "/",
        variables: &[("MAVEN_HOME", "/usr/share/maven"), ("MAVEN_CONFIG", "/root/.m2")],
        users: &[],
    },
    Known { name: "php", workdir: "/var/www/html", variables: &[], users: &[] },
    Known {
        name: "oven/bun",
        workdir: "/home/bun/app",
        variables: &[],
        users: &[("bun", "/home/bun", 1000)],
    },
];

/// The image that a lineage of stages begins with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Base {
    /// The name without tag and digest, and without Docker Hub's registry and `library/`: `node`, `oven/bun`.
    pub name: String,
    /// The tag, empty if none is given.
    pub tag: String,
    /// Whether Docker or the project of a tool publishes it, so that its environment holds no surprises.
    pub official: bool,
}

impl Base {
    /// The image behind `FROM`, with variables expanded.
    pub fn new(reference: &str) -> Self {
        let name = reference.split('@').next().unwrap_or("");
        // A colon before the last slash belongs to the registry's port.
        let (folder, last) = name.rsplit_once('/').map_or(("", name), |(folder, last)| (folder, last));
        let (last, tag) = last.split_once(':').unwrap_or((last, ""));
        let folder = ["docker.io", "index.docker.io", "registry-1.docker.io"]
            .iter()
            .find_map(|hub| folder.strip_prefix(hub))
            .map_or(folder, |rest| rest.trim_start_matches('/'));
        let library = folder.is_empty() || folder == "library" || folder.ends_with("/library");
        let name = if library { last.to_owned() } else { format!("{folder}/{last}") };
        let of_tools = OF_THE_TOOLS.iter().any(|prefix| name.starts_with(prefix));
        Self { official: library && OFFICIAL.contains(&last) || of_tools, name, tag: tag.to_owned() }
    }

    fn known(&self) -> Option<&'static Known> {
        KNOWN.iter().find(|known| self.official && known.name == self.name)
    }

    /// Whether the image is known to run as root, with root's home folder.
    pub fn runs_as_root(&self) -> bool {
        self.official && !NOT_ROOT.contains(&self.name.as_str())
    }

    /// The working directory that the image sets; `/` if none is known.
    pub fn workdir(&self) -> &'static str {
        self.known().map_or("/", |known| known.workdir)
    }

    /// The variables that matter here and that the image sets.
    pub fn variables(&self) -> &'static [(&'static str, &'static str)] {
        self.known().map_or(&[], |known| known.variables)
    }

    /// Home folder and numeric id of a user that the image brings; root is in every image.
    pub fn user(&self, name: &str) -> Option<(&'static str, u32)> {
        if matches!(name, "root" | "0") {
            return Some(("/root", 0));
        }
        self.known()?.users.iter().find(|(user, _, _)| *user == name).map(|(_, home, id)| (*home, *id))
    }

    /// Whether the image stands on Debian or Ubuntu, whose images bring `/etc/apt/apt.conf.d/docker-clean`: apt
    /// deletes its archives after each installation.
    pub fn cleans_apt(&self) -> bool {
        let other = ["alpine", "distroless", "oracle", "ubi", "al2"];
        self.official
            && DEBIAN.contains(&self.name.as_str())
            && !other.iter().any(|word| self.tag.contains(word))
    }

    /// Whether the image's own shell is one of Windows.
    pub fn is_windows(&self) -> bool {
        self.name.starts_with("mcr.microsoft.com/windows/")
            || self.name.contains("nanoserver")
            || self.name.contains("servercore")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_registry_tag_and_digest() {
        for (reference, name, official) in [
            ("node:22-alpine", "node", true),
            ("docker.io/library/node@sha256:abc", "node", true),
            ("docker.io/node", "node", true),
            ("public.ecr.aws/docker/library/node:22", "node", true),
            ("oven/bun:1", "oven/bun", true),
            ("mcr.microsoft.com/dotnet/sdk:8.0", "mcr.microsoft.com/dotnet/sdk", true),
            ("registry.example.com:5000/team/node:1", "registry.example.com:5000/team/node", false),
            ("our-base", "our-base", false),
            ("", "", false),
        ] {
            let base = Base::new(reference);
            assert_eq!((base.name.as_str(), base.official), (name, official), "{reference}");
        }
    }

    #[test]
    fn debian_is_told_by_name_and_tag() {
        for (reference, expected) in
            [("node:22", true), ("node:22-alpine", false), ("debian:12-slim", true), ("corp/node:22", false)]
        {
            assert_eq!(Base::new(reference).cleans_apt(), expected, "{reference}");
        }
    }
}
