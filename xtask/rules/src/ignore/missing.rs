//! What the three rules about missing ignore files share.

use super::probes;
use crate::diagnostic::{Diagnostic, Edit, Fix};
use crate::facts::Facts;
use crate::model::ignore_repair;
use crate::model::outlets::Outlet;
use crate::model::verdict::Files;

/// The file that is missing, made of what this repository has; `otherwise` is what to do when that is nothing.
pub fn with_file(
    diagnostic: Diagnostic,
    facts: &Facts,
    outlet: &Outlet<'_>,
    otherwise: String,
) -> Diagnostic {
    let conceivable = probes::conceivable(facts, outlet);
    let Some(generated) = ignore_repair::generate(outlet, Files::of(&facts.tree), &conceivable) else {
        return diagnostic.help(otherwise);
    };
    let title = format!("write `{}` for what this repository has", generated.path);
    let create = Edit::Create { path: generated.path, text: generated.text };
    diagnostic.help(format!("{title} (safe fix)")).fix(Fix::safe(title, vec![create]))
}
