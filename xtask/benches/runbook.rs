//! What runbooks cost: 200 Russian pages of 500 lines in the shape of real ones, in step with the repository and
//! full of what is gone, through the models and every rule of the group. Medians; `cargo bench --bench runbook`.

#![expect(
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a benchmark prints its results and may fail"
)]

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};

use xtask::config::Config;
use xtask::diagnostic::Severity;
use xtask::engine::{self, Selection};
use xtask::facts::Facts;
use xtask::rules;
use xtask::snapshot::Snapshot;
use xtask::syntax::markdown::Markdown;

const RUNS: usize = 15;
const PAGES: usize = 200;
const LINES: usize = 500;
const APPS: [&str; 8] = [
    "corporate-website",
    "ecommerce-store",
    "payload-core",
    "partner-portal",
    "docs-site",
    "landing-pages",
    "support-desk",
    "status-page",
];
const PACKAGES: [&str; 6] = ["ui", "env", "cms-core", "cms-blocks", "utils", "eslint-config"];

/// A chapter as such runbooks have them: prose, lists, code spans, a fence, now and then a table or a link. `{app}`
/// is an app, `{old}` the same or one that is gone, `{n}` the number of the chapter.
const CHAPTERS: [&str; 5] = [
    "\
## {n}) Первая сессия: `{app}`

Команды запускают **из корня репозитория**. Okteto ищет манифест только в текущей папке и не поднимается к
родителям, поэтому `cd` в `apps/{app}` приводит к ошибке «manifest not found».

```bash
okteto context use https://okteto.example.com
okteto namespace use web-{app}-dev
okteto up web-{old}-dev
```

Что произойдёт дальше:

1. Okteto найдёт Deployment по двум labels, уменьшит его до нуля реплик и запустит рядом копию с образом
   `node:22-bookworm`.
2. Файлы отправятся в pod: `apps/{app}` → `/app/apps/{app}`. Первый раз это десятки секунд, потом — доли секунды.
3. Запустится команда из манифеста: `pnpm install --frozen-lockfile`, затем `next dev`. Store pnpm лежит на томе
   (`/pnpm/store`) и переживает перезапуск pod.
4. Сайт откроется по адресу <http://localhost:3000>, см. `deploy/env/dev/{old}.yaml:ingress.hosts`.

В терминале остаётся вывод `next dev`. Второй терминал внутри контейнера: `okteto exec web-{old}-dev -- bash`.

",
    "\
### {n}.1) Что синхронизируется

- Корень репозитория — это `..`; точка отправила бы в контейнер один манифест.
- `.stignore` действует только в корне синхронизируемой папки: сколько строк `sync`, столько файлов.
- Побеждает первая подошедшая строка, не последняя, как в git. Комментарий начинается с `//`.
  - Для `apps/{old}/src` это значит: `node_modules`, `.next` и `.turbo` остаются на ноутбуке.
  - Секреты (`.env`, `.env.*`) не уходят никогда, образец — `apps/{app}/.env.example`.
- Новая зависимость: `pnpm --filter @acme/{old} add <package>` на ноутбуке, потом ещё раз `okteto up web-{app}-dev`.

Переменные сайта поэтому приходят не из `.env`: dev‑контейнер наследует их от Deployment, то есть из `deploy/env/dev`
и секретов namespace. Файл `.env.local` нужен только для `pnpm dev` без кластера.

",
    "\
### {n}.2) Диагностика

Сначала три команды. Они ничего не меняют:

```bash
okteto context show
okteto status web-{old}-dev --info
kubectl get deploy,pods -n web-{app}-dev
```

| Симптом | Причина | Что делать |
|---|---|---|
| `okteto up` не находит манифест | Текущая папка — не корень репозитория | `cd` в корень |
| Порт занят | Работает второй `okteto up` или локальный `pnpm dev` | `lsof -nP -iTCP:3000 -sTCP:LISTEN`, завершить процесс |
| Синхронизация стоит на месте | Исчерпан лимит inotify | `okteto up web-{app}-dev --reset` |
| `ERR_PNPM_OUTDATED_LOCKFILE` | Поменяли `apps/{old}/package.json`, но не lockfile | `pnpm install` на ноутбуке |

Ничего не помогло: соберите логи и приложите их к вопросу в чате, см. [первую страницу](page-000.md).

",
    "\
## {n}) Argo CD и self‑heal

Okteto меняет то, чем управляет Argo CD. Чтобы они не спорили, dev‑Applications устроены иначе, чем prod:

- **`selfHeal: false`.** Иначе Argo CD вернул бы Deployment к состоянию из git прямо во время сессии, и dev‑контейнер
  исчез бы без объяснений. Во время сессии Application показывает `OutOfSync`: так и должно быть.
- **Нет `CreateNamespace=true`.** Namespace принадлежит Okteto. Если его пересоздаст Argo CD, он будет без меток Okteto,
  а пересоздавать придётся всё содержимое. Однажды это стоило ночи.
- Application лежит в `deploy/argocd/apps/dev/{old}.yaml`, values — в `deploy/env/{dev,prod}/<app>.yaml`.
- Секреты и сам Okteto живут в `acme-platform`: `apps/okteto/values.yaml` (другой репозиторий).

Чек‑лист перед выкладкой:

- [ ] `deploy/env/prod/{old}.yaml:image.tag` совпадает с тегом образа;
- [ ] `pnpm --filter @acme/{app} build` проходит локально;
- [ ] `$values/deploy/env/dev/<app>.yaml` открывается из Argo CD.

",
    "\
### {n}.3) Инцидент: пустая страница после релиза

Два часа сайт отвечал пустой страницей. Причина — кэш `.turbo` из старой ветки и пакет `@acme/ui`, который
собирался до `@acme/{pkg}`. Теперь порядок задаёт `turbo.json`, а проверка живёт в `packages/{pkg}/package.json`.

    GET / 200 in 34ms
    GET /api/health 200 in 2ms

```yaml
# .okteto/okteto.yml
dev:
  web-{app}-dev:
    workdir: /app/apps/{app}
```

Выводы записаны в задаче, код — в `apps/{old}/src/app/page.tsx` и `packages/{pkg}/src/index.ts`. Локально всё это
повторяется командой `pnpm turbo run build --filter=@acme/{old}`.

",
];

/// What stands between the chapters: most of a runbook is prose.
const PROSE: &str = "\
Сначала прочитайте раздел целиком: команды ниже меняют namespace, а не только ноутбук, и порядок важен. Если что‑то
пошло не так на первом шаге, остальные не помогут, а следы останутся у всех, кто работает в этом же namespace.

Почему так сложно? Потому что одно и то же состояние видят трое: Argo CD, Okteto и тот, кто сидит за ноутбуком. Каждый
считает своё представление верным, и каждый по‑своему прав. Договорённость простая: namespace принадлежит Okteto,
базовая версия — Argo CD, а всё, что меняется во время сессии, исчезает вместе с ней. Спорные случаи разобраны ниже.

- Не перезапускайте сессию, пока не прочитали вывод предыдущей: в нём почти всегда есть причина.
- Не удаляйте namespace руками, даже если очень хочется: метки не восстановятся сами.
- Спрашивайте в чате: скорее всего, кто‑то уже терял на этом вечер и записал, чем закончилось.

Отдельно про время. Первая синхронизация занимает столько, сколько занимает; вторая — секунды. Если вторая тоже долгая,
значит, в папку попало что‑то тяжёлое, и дальше ждать бессмысленно: найдите и исключите.

";

/// A page of 500 lines. Of its apps every `stale`-th is one that is gone.
fn page(number: usize, stale: Option<usize>) -> String {
    let mut page = format!("# Runbook {number}: Okteto и Argo CD\n\n");
    let mut lines = 2;
    for chapter in 0.. {
        let app = APPS[(number + chapter) % APPS.len()];
        let old = match stale {
            Some(every) if chapter % every == 0 => format!("old-{app}-{}", (number + chapter) % 50),
            _ => app.to_owned(),
        };
        let text = CHAPTERS[chapter % CHAPTERS.len()]
            .replace("{app}", app)
            .replace("{old}", &old)
            .replace("{pkg}", PACKAGES[chapter % PACKAGES.len()])
            .replace("{n}", &chapter.to_string());
        for line in text.split_inclusive('\n').chain(PROSE.repeat(2).split_inclusive('\n')) {
            page.push_str(line);
            lines += 1;
            if lines == LINES {
                return page;
            }
        }
    }
    page
}

/// The monorepo that the pages speak of.
fn repository() -> Vec<(String, String)> {
    let mut files = vec![
        (
            "package.json".to_owned(),
            "{\"name\": \"acme\", \"workspaces\": [\"apps/*\", \"packages/*\"]}".to_owned(),
        ),
        ("turbo.json".to_owned(), "{}".to_owned()),
        (".stignore".to_owned(), ".git\nnode_modules\n.next\n.turbo\n.env*\n".to_owned()),
    ];
    let mut manifest = "dev:\n".to_owned();
    for (number, app) in APPS.iter().enumerate() {
        let _ = write!(
            manifest,
            "  web-{app}-dev:\n    selector: {{app.kubernetes.io/instance: web-{app}-dev}}\n    workdir: /app/apps/{app}\n    command: pnpm dev\n    sync: [..:/app]\n    forward: [{}:3000]\n",
            3000 + number
        );
        let package = format!(
            "{{\"name\": \"@acme/{app}\", \"scripts\": {{\"dev\": \"next dev\", \"build\": \"next build\"}}, \"dependencies\": {{\"@acme/ui\": \"workspace:*\"}}}}"
        );
        files.push((format!("apps/{app}/package.json"), package));
        for file in ["src/app/page.tsx", "src/app/layout.tsx", ".env.example", "Dockerfile"] {
            files.push((format!("apps/{app}/{file}"), "FROM scratch\n".to_owned()));
        }
        for stage in ["dev", "prod"] {
            files.push((format!("deploy/env/{stage}/{app}.yaml"), "image: {tag: a}\n".to_owned()));
            files.push((format!("deploy/argocd/apps/{stage}/{app}.yaml"), "a: 1\n".to_owned()));
        }
    }
    files.push((".okteto/okteto.yml".to_owned(), manifest));
    for name in PACKAGES {
        files.push((
            format!("packages/{name}/package.json"),
            format!("{{\"name\": \"@acme/{name}\", \"scripts\": {{\"build\": \"tsc\"}}}}"),
        ));
        files.push((format!("packages/{name}/src/index.ts"), String::new()));
    }
    files
}

fn pages(stale: Option<usize>) -> Vec<(String, String)> {
    (0..PAGES).map(|number| (format!("docs/runbooks/page-{number:03}.md"), page(number, stale))).collect()
}

/// Wall time of each run and the number of findings; the slowest parts are printed once.
fn check(title: &str, pages: &[(String, String)]) {
    let mut times: Vec<Duration> = Vec::new();
    let mut last = None;
    for _ in 0..RUNS {
        let files = repository().into_iter().chain(pages.iter().cloned());
        let tree = Snapshot::memory(files.map(|(path, text)| (path, text.into_bytes())));
        let facts = Facts::new(tree, None, Config::default());
        let selection = Selection {
            rules: rules::all().filter(|rule| rule.group() == "runbook").collect(),
            level: Severity::Note,
            named: true,
            paths: Vec::new(),
        };
        let start = Instant::now();
        let outcome = engine::run(&facts, &selection);
        times.push(start.elapsed());
        assert!(outcome.report.errors.is_empty(), "a rule failed");
        last = Some(black_box(outcome));
    }
    times.sort();
    let Some(outcome) = last else { return };
    println!(
        "{title:<36} {:>7.1} ms (from {:.1} to {:.1}), {} findings",
        millis(times[RUNS / 2]),
        millis(times[0]),
        millis(times[RUNS - 1]),
        outcome.report.diagnostics.len()
    );
    let mut timings = outcome.timings;
    timings.sort_by_key(|timing| std::cmp::Reverse(timing.time));
    for timing in timings.iter().take(5) {
        println!("    {:<32} {:>7.1} ms", timing.name, millis(timing.time));
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn main() {
    // `cargo test --benches` builds and starts benches too; only `cargo bench` passes this flag.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let (fresh, stale, broken) = (pages(None), pages(Some(5)), pages(Some(1)));
    let bytes: usize = fresh.iter().map(|(_, text)| text.len()).sum();
    let spans: usize = fresh.iter().map(|(_, text)| Markdown::parse(text).code_spans.len()).sum();
    println!("{PAGES} pages of {LINES} lines, {bytes} bytes, {} code spans a page", spans / PAGES);
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            fresh.iter().for_each(|(_, text)| drop(black_box(Markdown::parse(text))));
            start.elapsed()
        })
        .collect();
    times.sort();
    println!("{:<36} {:>7.1} ms", "Markdown alone, one core", millis(times[RUNS / 2]));
    // `cargo bench --bench runbook -- step` runs what has the word in its title: for a profile of one of them.
    let filter = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let checks = [
        ("in step with the repository", &fresh),
        ("every fifth name gone", &stale),
        ("every name gone", &broken),
    ];
    for (title, pages) in checks.into_iter().filter(|(title, _)| title.contains(&filter)) {
        check(title, pages);
    }
}
