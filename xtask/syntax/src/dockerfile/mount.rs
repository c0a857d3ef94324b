//! The value of `RUN --mount`.
//!
//! Follows `parseMount` in moby/buildkit `frontend/dockerfile/instructions/commands_runmount.go`, messages
//! included. The value is CSV: BuildKit sees it with the quotes of the Dockerfile already removed.

use super::expand::{Lookup, expand};
use super::mapped::Mapped;
use super::suggest::with_suggestion;
use super::{Flag, SyntaxError};
use crate::source::{Span, Spanned};

/// What a mount brings in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MountType {
    /// Files of the build context, a stage or an image; the default.
    Bind,
    /// A directory that outlives the build.
    Cache,
    /// A secret of the build, as file or variable.
    Secret,
    /// An SSH agent socket.
    Ssh,
    /// Memory.
    Tmpfs,
}

impl MountType {
    const ALL: [(&'static str, Self); 5] = [
        ("bind", Self::Bind),
        ("cache", Self::Cache),
        ("secret", Self::Secret),
        ("ssh", Self::Ssh),
        ("tmpfs", Self::Tmpfs),
    ];

    /// The word for `type=`.
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(_, kind)| *kind == self).map_or("", |(word, _)| word)
    }
}

/// Who may use a cache at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sharing {
    /// Everyone; the default.
    Shared,
    /// Each concurrent build gets a cache of its own.
    Private,
    /// The second build waits.
    Locked,
}

const SHARING: [(&str, Sharing); 3] =
    [("shared", Sharing::Shared), ("private", Sharing::Private), ("locked", Sharing::Locked)];

const KEYS: [&str; 19] = [
    "type",
    "from",
    "source",
    "target",
    "readonly",
    "id",
    "sharing",
    "required",
    "size",
    "mode",
    "uid",
    "gid",
    "src",
    "dst",
    "destination",
    "ro",
    "rw",
    "readwrite",
    "env",
];

/// One comma-separated field as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MountField {
    /// The key in lower case, with the span of what is written.
    pub key: Spanned<String>,
    /// What follows the `=`, before variables are expanded.
    pub value: Option<Spanned<String>>,
    /// Key, `=` and value.
    pub span: Span,
    /// The field's text.
    text: String,
}

/// The fields of one `--mount`, and what they mean once variables are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MountFlag {
    /// The whole flag, `--mount=` included.
    pub span: Span,
    /// The value: where a new field can be put in front.
    pub value: Span,
    /// The fields in order.
    pub fields: Vec<MountField>,
    /// What makes the value unreadable as CSV.
    pub error: Option<SyntaxError>,
}

/// A mount as BuildKit understands it. Each value carries the span of its text; when a key is given twice,
/// the later one counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// `type=`, `bind` if not given.
    pub kind: MountType,
    /// `target=`, `dst=` or `destination=`, variables expanded, not yet joined to `WORKDIR`.
    pub target: Option<Spanned<String>>,
    /// The key that gave the target, as it is written.
    pub target_key: Option<Spanned<String>>,
    /// `id=`.
    pub id: Option<Spanned<String>>,
    /// `from=`: a stage, an image or a named context.
    pub from: Option<Spanned<String>>,
    /// `source=` or `src=`.
    pub source: Option<Spanned<String>>,
    /// `sharing=`.
    pub sharing: Option<Spanned<Sharing>>,
    /// `mode=`, permission bits.
    pub mode: Option<Spanned<u32>>,
    /// `uid=`.
    pub uid: Option<Spanned<u32>>,
    /// `gid=`.
    pub gid: Option<Spanned<u32>>,
    /// Whether the mount can only be read.
    pub read_only: bool,
    /// The whole flag.
    pub span: Span,
    /// The value behind `--mount=`.
    pub value: Span,
}

impl MountFlag {
    /// Splits a `--mount` flag into its fields; `None` for another flag or one without a value.
    pub fn new(flag: &Flag) -> Option<Self> {
        let value = flag.value.as_ref().filter(|_| flag.name.value == "mount")?;
        if value.text().is_empty() {
            let value = Span::at(flag.span.end);
            let error = SyntaxError::new("failed to parse csv mounts: EOF", flag.span);
            return Some(Self { span: flag.span, value, fields: Vec::new(), error: Some(error) });
        }
        let whole = value.span(Span::new(0, value.text().len()));
        let (fields, error) = csv(value);
        let error = error
            .map(|(message, span)| SyntaxError::new(format!("failed to parse csv mounts: {message}"), span));
        Some(Self { span: flag.span, value: whole, fields, error })
    }

    /// Whether a field with this key stands in the flag.
    pub fn has(&self, key: &str) -> bool {
        self.fields.iter().any(|field| field.key.value == key)
    }

    /// What BuildKit refuses before it knows any variable: broken CSV, and variables in `from`.
    pub fn first_error(&self) -> Option<SyntaxError> {
        let from = self.fields.iter().filter(|field| field.key.value == "from").find_map(|field| {
            let value = field.value.as_ref()?;
            let (_, after) = value.value.split_once('$')?;
            let message = "'from' doesn't support variable expansion, define alias stage instead";
            (!after.is_empty()).then(|| SyntaxError::new(message, value.span))
        });
        self.error.clone().or(from)
    }

    /// Reads the fields the way BuildKit does when it runs the instruction.
    ///
    /// # Errors
    /// BuildKit's message, at the field that causes it.
    pub fn resolve(&self, escape: char, lookup: Lookup<'_>) -> Result<Mount, SyntaxError> {
        if let Some(error) = self.first_error() {
            return Err(error);
        }
        let mut reader = Reader::new(self);
        for field in &self.fields {
            match &field.value {
                None => reader.bare(field)?,
                Some(value) => {
                    let expanded = expand(&value.value, escape, lookup)
                        .map_err(|error| SyntaxError::new(error, value.span))?;
                    reader.pair(field, Spanned::new(expanded, value.span))?;
                }
            }
        }
        reader.finish()
    }
}

/// Splits a value at its commas as Go's `encoding/csv` does for one record; also what stops it, and where.
fn csv(value: &Mapped) -> (Vec<MountField>, Option<(String, Span)>) {
    let text = value.text();
    let mut fields = Vec::new();
    let mut at = 0;
    loop {
        let rest = text.get(at..).unwrap_or("");
        let (content, length) = match csv_field(rest) {
            Ok(field) => field,
            Err((column, reason)) => {
                let message = format!("parse error on line 1, column {}: {reason}", at + column + 1);
                return (fields, Some((message, value.span(Span::new(at, text.len())))));
            }
        };
        fields.push(field(value, Span::new(at, at + length), content));
        at += length + 1;
        if at > text.len() {
            return (fields, None);
        }
    }
}

/// The content of the first field of `rest` and its length as written; or the column of what is wrong.
fn csv_field(rest: &str) -> Result<(Option<String>, usize), (usize, &'static str)> {
    let Some(quoted) = rest.strip_prefix('"') else {
        let length = rest.find(',').unwrap_or(rest.len());
        return match rest.get(..length).and_then(|field| field.find('"')) {
            Some(at) => Err((at, "bare \" in non-quoted-field")),
            None => Ok((None, length)),
        };
    };
    let mut content = String::new();
    let mut tail = quoted;
    loop {
        let Some((part, after)) = tail.split_once('"') else {
            return Err((rest.len(), "extraneous or missing \" in quoted-field"));
        };
        content.push_str(part);
        match after.chars().next() {
            None | Some(',') => return Ok((Some(content), rest.len() - after.len())),
            Some('"') => {
                content.push('"');
                tail = after.strip_prefix('"').unwrap_or(after);
            }
            Some(_) => {
                return Err((rest.len() - after.len() - 1, "extraneous or missing \" in quoted-field"));
            }
        }
    }
}

/// What BuildKit refuses in the value of `--device` (`commands_rundevice.go`).
pub(super) fn device_error(flag: &Flag) -> Option<SyntaxError> {
    let value = flag.value.as_ref()?;
    let error = |message: String, span| Some(SyntaxError::new(message, span));
    if value.text().is_empty() {
        return error("failed to parse csv devices: EOF".to_owned(), flag.span);
    }
    let (fields, broken) = csv(value);
    if let Some((message, span)) = broken {
        return error(format!("failed to parse csv devices: {message}"), span);
    }
    let mut name = String::new();
    for field in fields {
        match (field.key.value.as_str(), &field.value) {
            ("required", None) => {}
            ("required", Some(value)) => {
                if let Err(error) = boolean(&field, value) {
                    return Some(error);
                }
            }
            ("name", Some(_)) if !name.is_empty() => {
                return error(format!("device name already set to {name}"), field.span);
            }
            ("name", Some(value)) => name.clone_from(&value.value),
            _ if name.is_empty() => name = field.text,
            (_, None) => {
                return error(format!("invalid field '{}' must be a key=value pair", field.text), field.span);
            }
            (key, Some(_)) => {
                let message = format!("unexpected key '{key}' in '{}'", field.text);
                let suggestion = with_suggestion(message, key, &["name", "required"]);
                return Some(SyntaxError::with_replacement(suggestion, field.key.span));
            }
        }
    }
    None
}

/// A field at `range` of the value. `quoted` is its content when CSV quotes were taken off.
fn field(value: &Mapped, range: Span, quoted: Option<String>) -> MountField {
    let inner = if quoted.is_some() { Span::new(range.start + 1, range.end - 1) } else { range };
    let text = quoted.unwrap_or_else(|| value.slice(range).to_owned());
    let equals = value.slice(inner).find('=').map_or(inner.end, |at| inner.start + at);
    let key = text.split_once('=').map_or(&*text, |(key, _)| key).to_lowercase();
    let after = text.split_once('=').map(|(_, after)| after.to_owned());
    MountField {
        key: Spanned::new(key, value.span(Span::new(inner.start, equals))),
        value: after
            .map(|after| Spanned::new(after, value.span(Span::new((equals + 1).min(inner.end), inner.end)))),
        span: value.span(range),
        text,
    }
}

/// Reads fields one by one; their order matters for `required` and `size`.
struct Reader {
    mount: Mount,
    read_only: Option<bool>,
    type_span: Span,
}

impl Reader {
    fn new(flag: &MountFlag) -> Self {
        let mount = Mount {
            kind: MountType::Bind,
            target: None,
            target_key: None,
            id: None,
            from: None,
            source: None,
            sharing: None,
            mode: None,
            uid: None,
            gid: None,
            read_only: false,
            span: flag.span,
            value: flag.value,
        };
        Self { mount, read_only: None, type_span: flag.value }
    }

    /// A key without `=`.
    fn bare(&mut self, field: &MountField) -> Result<(), SyntaxError> {
        match field.key.value.as_str() {
            "readonly" | "ro" => self.read_only = Some(true),
            "readwrite" | "rw" => self.read_only = Some(false),
            "required" => return self.required(field),
            _ => {
                let message = format!("invalid field '{}' must be a key=value pair", field.text);
                return Err(SyntaxError::new(message, field.span));
            }
        }
        Ok(())
    }

    fn required(&self, field: &MountField) -> Result<(), SyntaxError> {
        match self.mount.kind {
            MountType::Secret | MountType::Ssh => Ok(()),
            _ => Err(self.unexpected(field)),
        }
    }

    fn unexpected(&self, field: &MountField) -> SyntaxError {
        let (key, kind) = (&field.key.value, self.mount.kind.as_str());
        SyntaxError::new(format!("unexpected key '{key}' for mount type '{kind}'"), field.key.span)
    }

    /// A key with its expanded value.
    fn pair(&mut self, field: &MountField, value: Spanned<String>) -> Result<(), SyntaxError> {
        match field.key.value.as_str() {
            "type" => self.kind(&value)?,
            "from" => self.mount.from = Some(value),
            "source" | "src" => self.mount.source = Some(value),
            "target" | "dst" | "destination" => {
                self.mount.target = Some(value);
                self.mount.target_key = Some(field.key.clone());
            }
            "readonly" | "ro" => self.read_only = Some(boolean(field, &value)?),
            "readwrite" | "rw" => self.read_only = Some(!boolean(field, &value)?),
            "required" => {
                self.required(field)?;
                boolean(field, &value)?;
            }
            "size" if self.mount.kind == MountType::Tmpfs => size(field, &value)?,
            "size" => return Err(self.unexpected(field)),
            "id" => self.mount.id = Some(value),
            "sharing" => self.mount.sharing = Some(sharing(&value)?),
            "mode" => self.mount.mode = Some(number(field, &value, 8)?),
            "uid" => self.mount.uid = Some(number(field, &value, 10)?),
            "gid" => self.mount.gid = Some(number(field, &value, 10)?),
            "env" => {}
            key => {
                let message = format!("unexpected key '{key}' in '{}'", field.text);
                return Err(SyntaxError::with_replacement(
                    with_suggestion(message, key, &KEYS),
                    field.key.span,
                ));
            }
        }
        Ok(())
    }

    fn kind(&mut self, value: &Spanned<String>) -> Result<(), SyntaxError> {
        let word = value.value.to_lowercase();
        let Some((_, kind)) = MountType::ALL.iter().find(|(known, _)| *known == word) else {
            let message = format!("unsupported mount type {:?}", value.value);
            let known = MountType::ALL.map(|(word, _)| word);
            return Err(SyntaxError::with_replacement(
                with_suggestion(message, &value.value, &known),
                value.span,
            ));
        };
        self.mount.kind = *kind;
        self.type_span = value.span;
        Ok(())
    }

    /// The checks that need all fields.
    fn finish(self) -> Result<Mount, SyntaxError> {
        let mount = &self.mount;
        let (kind, name) = (mount.kind, mount.kind.as_str());
        let owned = matches!(kind, MountType::Secret | MountType::Ssh | MountType::Cache);
        for (key, given) in [("mode", &mount.mode), ("uid", &mount.uid), ("gid", &mount.gid)] {
            if let Some(given) = given.as_ref().filter(|_| !owned) {
                return Err(SyntaxError::new(
                    format!("{key} not allowed for {name:?} type mounts"),
                    given.span,
                ));
            }
        }
        if kind == MountType::Secret {
            self.secret()?;
        }
        if let Some(sharing) = mount.sharing.as_ref().filter(|_| kind != MountType::Cache) {
            return Err(SyntaxError::new(
                format!("invalid cache sharing set for {name} mount"),
                sharing.span,
            ));
        }
        let writable = matches!(kind, MountType::Cache | MountType::Tmpfs);
        let read_only = self.read_only.unwrap_or(!writable);
        Ok(Mount { read_only, ..self.mount })
    }

    fn secret(&self) -> Result<(), SyntaxError> {
        let given = |field: &Option<Spanned<String>>| field.clone().filter(|value| !value.value.is_empty());
        let mount = &self.mount;
        if let Some(from) = given(&mount.from) {
            return Err(SyntaxError::new("secret mount should not have a from", from.span));
        }
        if let Some(sharing) = &mount.sharing {
            return Err(SyntaxError::new("secret mount should not define sharing", sharing.span));
        }
        match (given(&mount.source), given(&mount.id)) {
            (None, None) if given(&mount.target).is_none() => {
                let message = "invalid secret mount. one of source, target required";
                Err(SyntaxError::new(message, self.type_span))
            }
            (Some(_), Some(id)) => Err(SyntaxError::new("both source and id can't be set", id.span)),
            _ => Ok(()),
        }
    }
}

fn sharing(value: &Spanned<String>) -> Result<Spanned<Sharing>, SyntaxError> {
    let word = value.value.to_lowercase();
    match SHARING.iter().find(|(known, _)| *known == word) {
        Some((_, sharing)) => Ok(Spanned::new(*sharing, value.span)),
        None => {
            let message = format!("unsupported sharing value {:?}", value.value);
            let suggestion = with_suggestion(message, &value.value, &SHARING.map(|(word, _)| word));
            Err(SyntaxError::with_replacement(suggestion, value.span))
        }
    }
}

/// Go's `strconv.ParseBool`.
fn boolean(field: &MountField, value: &Spanned<String>) -> Result<bool, SyntaxError> {
    match value.value.as_str() {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        other => Err(SyntaxError::new(format!("invalid value for {}: {other}", field.key.value), value.span)),
    }
}

/// Go's `strconv.ParseUint` with 32 bits: digits only.
fn number(field: &MountField, value: &Spanned<String>, radix: u32) -> Result<Spanned<u32>, SyntaxError> {
    let digits = Some(&value.value).filter(|text| !text.starts_with('+'));
    match digits.and_then(|text| u32::from_str_radix(text, radix).ok()) {
        Some(number) => Ok(Spanned::new(number, value.span)),
        None => {
            let message = format!("invalid value {} for {}", value.value, field.key.value);
            Err(SyntaxError::new(message, value.span))
        }
    }
}

/// docker/go-units `RAMInBytes`: a number with an optional unit.
fn size(field: &MountField, value: &Spanned<String>) -> Result<(), SyntaxError> {
    let text = value.value.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let number = value.value.strip_suffix(text).unwrap_or("");
    let unit = text.trim_start_matches(' ').to_ascii_lowercase();
    let known =
        ["", "b", "k", "kb", "kib", "m", "mb", "mib", "g", "gb", "gib", "t", "tb", "tib", "p", "pb", "pib"];
    if number.parse::<f64>().is_ok() && known.contains(&unit.as_str()) {
        return Ok(());
    }
    Err(SyntaxError::new(format!("invalid value for {}: {}", field.key.value, value.value), value.span))
}
