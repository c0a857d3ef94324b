//! Argo CD Applications and Helm releases, as far as pages speak of them: which release of which values
//! goes into which namespace.
