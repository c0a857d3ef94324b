//! The words of regions in the languages that pages are written in.

use crate::model::graph::Labels;
use crate::model::runbook::Language;

/// All words that regions use. The Russian ones join English terms by U+2011, so that lines do not break
/// inside a term.
#[derive(Debug)]
#[expect(missing_docs, reason = "each field is the English word for what it holds")]
pub struct Words {
    pub app: &'static str,
    pub package: &'static str,
    pub dev_container: &'static str,
    pub alias: &'static str,
    pub workload: &'static str,
    pub namespace: &'static str,
    pub synced: &'static str,
    pub ports: &'static str,
    pub command: &'static str,
    pub on_laptop: &'static str,
    pub in_container: &'static str,
    pub ignore_file: &'static str,
    pub not_sent: &'static str,
    pub build: &'static str,
    pub context: &'static str,
    pub caches: &'static str,
    pub variable: &'static str,
    pub manifest: &'static str,
    pub starts: &'static str,
    pub set_by: &'static str,
    pub in_container_port: &'static str,
    pub no_dev_container: &'static str,
    pub default: &'static str,
    pub configuration: &'static str,
    pub outside: &'static str,
    pub nothing: &'static str,
    pub diagram: Labels,
}

static ENGLISH: Words = Words {
    app: "App",
    package: "Package",
    dev_container: "Dev container",
    alias: "alias",
    workload: "Workload",
    namespace: "Namespace",
    synced: "Synced",
    ports: "Ports",
    command: "Command",
    on_laptop: "On the laptop",
    in_container: "In the container",
    ignore_file: "Decided by",
    not_sent: "Never sent",
    build: "Build",
    context: "Context",
    caches: "Caches",
    variable: "Variable",
    manifest: "Manifest",
    starts: "Starts",
    set_by: "Set by",
    in_container_port: "in the container",
    no_dev_container: "No dev container serves this app.",
    default: "default",
    configuration: "outside the repository",
    outside: "outside the repository",
    nothing: "Nothing.",
    diagram: Labels::ENGLISH,
};

static RUSSIAN: Words = Words {
    app: "Приложение",
    package: "Пакет",
    dev_container: "Dev‑контейнер",
    alias: "он же",
    workload: "Workload",
    namespace: "Namespace",
    synced: "Синхронизация",
    ports: "Порты",
    command: "Команда",
    on_laptop: "На ноутбуке",
    in_container: "В контейнере",
    ignore_file: "Решает",
    not_sent: "Не отправляется",
    build: "Сборка",
    context: "Контекст",
    caches: "Кэши",
    variable: "Переменная",
    manifest: "Манифест",
    starts: "Запускает",
    set_by: "Откуда значение",
    in_container_port: "в контейнере",
    no_dev_container: "Dev‑контейнера у этого приложения нет.",
    default: "по умолчанию",
    configuration: "вне репозитория",
    outside: "вне репозитория",
    nothing: "Ничего.",
    diagram: Labels {
        package: "пакет",
        app: "приложение",
        build: "сборка",
        dev_container: "dev‑контейнер",
        workload: "workload",
        namespace: "namespace",
        on_laptop: "на ноутбуке",
        needs: "зависит от",
        builds: "собирает",
        serves: "обслуживает",
        replaces: "заменяет",
        runs_in: "работает в",
        forwards_to: "ведёт в",
    },
};

impl Words {
    /// The words of a language.
    pub fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &ENGLISH,
            Language::Russian => &RUSSIAN,
        }
    }
}
