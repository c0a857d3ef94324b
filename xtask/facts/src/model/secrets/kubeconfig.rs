//! Credentials in kubeconfigs: `users[].user` of a `kind: Config`.

use super::token::is_literal;
use super::{base64, pem};
use crate::source::Span;
use crate::syntax::yaml::{Entry, Node, Yaml};

/// A credential of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Credential {
    /// The user's name.
    pub user: String,
    /// The key that holds the credential.
    pub key: Span,
    /// The credential.
    pub value: Span,
}

/// The credentials in a kubeconfig; none for any other document.
pub(super) fn credentials(yaml: &Yaml) -> Vec<Credential> {
    let configs = yaml.documents.iter().filter(|document| is_kubeconfig(document));
    configs
        .flat_map(|config| config.get("users").map_or(&[] as &[Node], Node::items))
        .flat_map(of_user)
        .collect()
}

fn is_kubeconfig(document: &Node) -> bool {
    // `kind` is optional in practice; clusters and users together are nothing else.
    let kind = document.get("kind").and_then(Node::as_str);
    kind.is_none_or(|kind| kind == "Config")
        && document.get("clusters").is_some()
        && document.get("users").is_some()
}

fn of_user(entry: &Node) -> Vec<Credential> {
    let user = entry.get("name").and_then(Node::as_str).unwrap_or_default();
    let Some(node) = entry.get("user") else { return Vec::new() };
    let provider = node.at(&["auth-provider", "config"]).map_or(&[] as &[Entry], Node::entries);
    node.entries()
        .iter()
        .chain(provider)
        .filter(|entry| entry.value.as_str().is_some_and(|value| is_credential(&entry.key.value, value)))
        .map(|entry| Credential { user: user.to_owned(), key: entry.key.span, value: entry.value.span })
        .collect()
}

fn is_credential(key: &str, value: &str) -> bool {
    match key {
        "client-key-data" => {
            let pem = base64::decode(value).and_then(|bytes| String::from_utf8(bytes).ok());
            pem.is_some_and(|pem| !pem::keys(&pem).is_empty())
        }
        "token" | "password" | "access-token" | "refresh-token" | "id-token" | "client-secret" => {
            is_literal(value)
        }
        _ => false,
    }
}
