//! Who writes to a cache, and whether BuildKit lets them.

use super::{CacheMount, Image, Run, ToolUse};

/// The bits of `mode=` that let the group and all others write.
const GROUP_WRITE: u32 = 0o020;
const OTHERS_WRITE: u32 = 0o002;

/// The user behind a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Writer {
    /// May write everywhere.
    Root,
    /// A user whose number is known.
    Known {
        /// The name or number as it is written.
        name: String,
        /// Numeric user id.
        uid: u32,
        /// Numeric group id.
        gid: u32,
    },
    /// A user whose number only the image tells.
    Unknown {
        /// The name as it is written.
        name: String,
    },
}

impl Writer {
    /// The user of a `USER` or of a wrapper (`user`, `user:group`), in an image on this base.
    fn new(user: &str, base: &super::Base) -> Self {
        let (name, group) = user.split_once(':').map_or((user, None), |(name, group)| (name, Some(group)));
        if matches!(name, "root" | "0" | "") {
            return Self::Root;
        }
        let of_image = base.user(name).map(|(_, id)| id);
        let Some(uid) = name.parse().ok().or(of_image) else {
            return Self::Unknown { name: name.to_owned() };
        };
        let gid = group.and_then(|group| group.parse().ok().or(base.user(group).map(|(_, id)| id)));
        Self::Known { name: name.to_owned(), uid, gid: gid.unwrap_or(uid) }
    }

    /// The name as it is written.
    pub fn name(&self) -> &str {
        match self {
            Self::Root => "root",
            Self::Known { name, .. } | Self::Unknown { name } => name,
        }
    }

    /// Whether the user may write to a mount: root may, the owner may, and whoever `mode=` lets. `None` when only
    /// the image knows.
    pub fn can_write(&self, mount: &CacheMount) -> Option<bool> {
        let mode = mount.mode.as_ref().map_or(0o755, |mode| mode.value);
        let owner = mount.uid.as_ref().map_or(0, |uid| uid.value);
        let group = mount.gid.as_ref().map_or(0, |gid| gid.value);
        if *self == Self::Root || mode & OTHERS_WRITE != 0 {
            return Some(true);
        }
        match self {
            Self::Known { uid, gid, .. } => Some(*uid == owner || (*gid == group && mode & GROUP_WRITE != 0)),
            // A number was chosen on purpose: it will be that of the user.
            _ if owner != 0 || group != 0 && mode & GROUP_WRITE != 0 => None,
            _ => Some(false),
        }
    }
}

impl Image {
    /// Who runs a `RUN`, or one command of it.
    pub fn writer(&self, run: &Run, used: Option<&ToolUse>) -> Writer {
        let base = self.stages.get(run.stage).map(|stage| &stage.base);
        let of_run = run.user.as_ref().map(|user| user.value.as_str());
        let user = used.and_then(|used| used.user.as_deref()).or(of_run);
        match (user, base) {
            (Some(user), Some(base)) => Writer::new(user, base),
            _ => Writer::Root,
        }
    }
}
