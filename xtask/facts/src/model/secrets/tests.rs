use super::*;

/// Keys made for these tests; no server knows them.
const ED25519: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIEw3knIbBY7Fddk/FypJysccnVyeRczAaFDCQ5JvCia3
-----END PRIVATE KEY-----
";
const OPENSSH: &str = "-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
QyNTUxOQAAACC3JV09ym92HeuTBXzhzgC/ULv78cZ3h1MSijmsZesVYgAAAIj529nc+dvZ
3AAAAAtzc2gtZWQyNTUxOQAAACC3JV09ym92HeuTBXzhzgC/ULv78cZ3h1MSijmsZesVYg
AAAEBi92IKAGrnaQQtzi4rzFVXh0ryC+VY8faHUm0Xw9M9QLclXT3Kb3Yd65MFfOHOAL9Q
u/vxxneHUxKKOaxl6xViAAAABGRlbW8B
-----END OPENSSH PRIVATE KEY-----
";
const LEGACY_ENCRYPTED: &str = "-----BEGIN RSA PRIVATE KEY-----
Proc-Type: 4,ENCRYPTED
DEK-Info: AES-128-CBC,D67CF5B4F6915813A89C01E139BF0F5F

UNH2BrcjIdaDjRFWHhcAUm1Lgu9zd1y2Zvjh086fLECMFj+pozmRLrL4y4lBQfLL
+dcgVDdUZ3rDkECqJx7BBxIls6nIEBa6fGCm9Vp8oCHNVLmflfTu4mPp0Byw38Ow
syOif4kjXFg9KdW6v0kI4eJhtleFuwHy5/mCQw3AW1aqDd3iBelMU7BFMNTsBNAq
-----END RSA PRIVATE KEY-----
";
const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMRLuDoXqwhSVlVAA8pIXqKvebsCH
PpNS6+dqrHIiZSZ+nG/co6fwR94gDcTUgdNuxhzAPNoE5x9zckqHFLqPaQ==
-----END PUBLIC KEY-----
";

fn find(files: &[(&str, &str)]) -> Vec<(String, Kind, String)> {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
    let tree = Snapshot::memory(files);
    let found = Secrets::find(&tree, None);
    let list = |file: &SecretFile| {
        let text = file.file.text.clone();
        let path = file.file.path.to_string();
        let one =
            move |secret: &Secret| (path.clone(), secret.kind.clone(), secret.place.slice(&text).to_owned());
        file.secrets.iter().map(one).collect::<Vec<_>>()
    };
    found.files.iter().flat_map(list).collect()
}

fn kinds(path: &str, text: &str) -> Vec<Kind> {
    find(&[(path, text)]).into_iter().map(|(_, kind, _)| kind).collect()
}

#[test]
fn keys_are_found_in_whatever_holds_them() {
    let plain = || vec![Kind::PrivateKey];
    assert_eq!(kinds("server.key", ED25519), plain());
    assert_eq!(kinds("server.key", &ED25519.replace('\n', "\r\n")), plain());
    assert_eq!(kinds("id", OPENSSH), [Kind::PrivateKey]);
    assert_eq!(kinds("old.pem", LEGACY_ENCRYPTED), [Kind::EncryptedKey]);
    let indented = format!("tls:\n  key: |\n    {}", ED25519.trim_end().replace('\n', "\n    "));
    assert_eq!(kinds("values.yaml", &indented), plain());
    let escaped = format!("{{\"private_key\": \"{}\"}}", ED25519.replace('\n', "\\n"));
    assert_eq!(kinds("account.json", &escaped), plain());
    let both = format!("{PUBLIC}{ED25519}");
    assert_eq!(kinds("bundle.pem", &both), plain());
}

#[test]
fn what_is_no_private_key_is_silent() {
    assert_eq!(kinds("public.pem", PUBLIC), []);
    let body = "MC4CAQAwBQYDK2VwBCIEIEw3knIbBY7Fddk/FypJysccnVyeRczAaFDCQ5JvCia3";
    for replacement in [
        "...",
        "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC...",
        "<key>",
        "",
        "MC4CAQAwBQYDK2VwBCIEIA==",
        &"A".repeat(800),
    ] {
        assert_eq!(kinds("doc.md", &ED25519.replace(body, replacement)), [], "{replacement}");
    }
    assert_eq!(kinds("code.ts", "if (text.startsWith('-----BEGIN PRIVATE KEY-----')) {"), []);
    assert_eq!(kinds("server.key.example", ED25519), []);
    assert_eq!(kinds("tests/server.key", ED25519), []);
}

#[test]
fn a_secret_manifest_is_pointed_at_by_its_key() {
    let encoded = "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCk1DNENBUUF3QlFZREsyVndCQ0lFSUV3M2tuSWJCWTdGZGRrL0Z5cEp5c2Njb\
                   lZ5ZVJjekFhRkRDUTVKdkNpYTMKLS0tLS1FTkQgUFJJVkFURSBLRVktLS0tLQo=";
    let text = format!("kind: Secret\ndata:\n  tls.key: {encoded}\n");
    let found = find(&[("deploy/tls.yaml", &text)]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].2, "tls.key");
    let config = format!(
        "kind: Config\nclusters: []\nusers:\n- name: ci\n  user:\n    client-key-data: {encoded}\n    token: q7Zr2Xv9LmT4sKe8\n"
    );
    let found = find(&[("kubeconfig.yaml", &config)]);
    let names: Vec<&str> = found.iter().map(|(_, _, place)| place.as_str()).collect();
    assert_eq!(names, ["client-key-data", "token"]);
    assert!(found.iter().all(|(_, kind, _)| *kind == Kind::Kubeconfig("ci".to_owned())));
}

#[test]
fn sops_documents_are_judged_by_their_own_selection() {
    let metadata = "sops:\n  mac: ENC[AES256_GCM,data:x]\n  lastmodified: \"2026-01-01T00:00:00Z\"\n";
    let kinds = |text: String| kinds("secrets.yaml", &text).len();
    assert_eq!(kinds(format!("password: hunter2\n{metadata}")), 1);
    assert_eq!(
        kinds(format!("password: ENC[AES256_GCM,data:x,type:str]\nempty: \"\"\nnothing: null\n{metadata}")),
        0
    );
    assert_eq!(kinds(format!("host_unencrypted: db\n{metadata}")), 0);
    assert_eq!(kinds(format!("kind: Secret\n{metadata}  encrypted_regex: ^(data|stringData)$\n")), 0);
    assert_eq!(
        kinds(format!(
            "kind: Secret\ndata:\n  a: cGxhaW4=\n{metadata}  encrypted_regex: ^(data|stringData)$\n"
        )),
        1
    );
    assert_eq!(kinds("sops: a tool\npassword: hunter2\n".to_owned()), 0);
}

#[test]
fn creation_rules_count_when_they_name_secrets() {
    let rules = |pattern: &str| format!("creation_rules:\n  - path_regex: {pattern}\n    age: age1x\n");
    let find =
        |pattern: &str, path: &str, text: &str| find(&[(".sops.yaml", &rules(pattern)), (path, text)]).len();
    let plain = "password: hunter2\n";
    assert_eq!(find(r"secrets/.*\.yaml$", "deploy/secrets/db.yaml", plain), 1);
    assert_eq!(find(r"secrets/.*\.yaml$", "deploy/values.yaml", plain), 0);
    assert_eq!(find(r".*\.yaml$", "deploy/db.yaml", plain), 0);
    assert_eq!(find(r"secrets/", "secrets/README.md", plain), 0);
    assert_eq!(find(r"\.enc\.env$", "prod.enc.env", "PASSWORD=hunter2\n"), 1);
    assert_eq!(find(r"\.enc\.env$", "prod.enc.env", "PASSWORD=ENC[AES256_GCM,data:x]\nsops_mac=ENC[x]\n"), 0);
}

#[test]
fn only_the_given_files_are_looked_at() {
    let files = [("a.key", ED25519), ("b.key", ED25519)];
    let tree = Snapshot::memory(files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec())));
    let only = BTreeSet::from([RepoPath::new("b.key"), RepoPath::new("gone")]);
    let found = Secrets::find(&tree, Some(&only));
    assert_eq!(found.files.iter().map(|file| file.file.path.as_str()).collect::<Vec<_>>(), ["b.key"]);
    assert!(found.skipped.is_empty());
}
