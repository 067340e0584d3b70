//! Letters: Dunlin's templates and languages, and the operator's in their place.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use include_dir::{Dir, include_dir};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior, Value, context};
use subscription::notices::NoticeContent;

use crate::LocaleError;
use crate::languages::Languages;
use crate::locale::Locale;
use crate::samples::samples;
use crate::text::one_line;
use crate::view::View;
use crate::{Addressee, Background, Brand, Page};

static TEMPLATES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");
static LOCALES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/locales");

const MAX_SUBJECT_CHARS: usize = 200;

/// A letter, ready to become a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The subject: one line.
    pub subject: String,
    /// The body as plain text.
    pub text: String,
    /// The body as HTML: a whole document that loads nothing.
    pub html: String,
}

/// The writer of letters.
#[derive(Debug)]
pub struct Letters {
    brand: Brand,
    templates: Environment<'static>,
    languages: Languages,
    /// The operator's files that replace none of ours.
    strangers: Vec<String>,
}

/// The reason why a letter cannot be written, or the templates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LettersError {
    /// A language cannot be used.
    #[error(transparent)]
    Locale(#[from] LocaleError),
    /// A template is broken, or does not fit the letter.
    #[error("the template {name} cannot be used")]
    Template {
        /// The template.
        name: String,
        /// The fault and its place.
        #[source]
        source: minijinja::Error,
    },
    /// The operator's folder cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The path that cannot be read.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
}

impl Letters {
    /// Loads our templates and languages, with those of the folder `overrides` in their place.
    ///
    /// # Errors
    /// [`LettersError`].
    pub fn try_new(brand: Brand, overrides: Option<&Path>) -> Result<Self, LettersError> {
        let mut letters = Self {
            brand,
            templates: environment(),
            languages: Languages::default(),
            strangers: Vec::new(),
        };
        for (name, source) in files(&TEMPLATES) {
            letters.add_template(name, source)?;
        }
        for (name, source) in files(&LOCALES) {
            letters.add_language(name, source)?;
        }
        for (name, source) in overrides.map(read_folder).transpose()?.unwrap_or_default() {
            letters.override_file(&name, &source)?;
        }
        Ok(letters)
    }

    /// Writes the letter of a notice.
    ///
    /// # Errors
    /// [`LettersError`]. A letter with a gap is never written.
    pub fn write(&self, content: &NoticeContent, to: &Addressee<'_>, background: &Background) -> Result<Letter, LettersError> {
        let locale = Arc::new(self.languages.locale(to.locale)?);
        let view = View::of(content, to, background, &self.brand, &locale)?;
        self.letter(view, &locale)
    }

    /// Writes a test mail, to the person who checks that mail arrives.
    ///
    /// # Errors
    /// [`LettersError`].
    pub fn write_test(&self, to: &Addressee<'_>) -> Result<Letter, LettersError> {
        let locale = Arc::new(self.languages.locale(to.locale)?);
        let view = View::of_test(to, &self.brand, &locale);
        self.letter(view, &locale)
    }

    fn letter(&self, view: View, locale: &Arc<Locale>) -> Result<Letter, LettersError> {
        let view = Arc::new(view);
        let template = view.template;
        let context = context_of(&view, locale);
        Ok(Letter {
            subject: one_line(&self.render(format!("{template}.subject.txt"), &context)?, MAX_SUBJECT_CHARS),
            text: paragraphs(&self.render(format!("{template}.txt"), &context)?),
            html: self.render(format!("{template}.html"), &context)?,
        })
    }

    /// Renders a page in this language: a whole HTML document that loads nothing and has no script.
    ///
    /// # Errors
    /// [`LettersError`].
    pub fn page(&self, page: Page, locale: &str) -> Result<String, LettersError> {
        let locale = Arc::new(self.languages.locale(locale)?);
        let view = Arc::new(View::of_page(page.kind(), &self.brand, &locale));
        self.render(format!("{}.html", page.kind()), &context_of(&view, &locale))
    }

    /// Returns the brand in whose name letters are written.
    pub fn brand(&self) -> &Brand {
        &self.brand
    }

    fn render(&self, name: String, context: &Value) -> Result<String, LettersError> {
        let rendered = self
            .templates
            .get_template(&name)
            .and_then(|template| template.render(context));
        rendered.map_err(|source| LettersError::Template { name, source })
    }

    /// Checks the templates and languages by rendering every sample, and returns a sentence for each fault.
    pub fn check(&self) -> Vec<String> {
        let strangers = self
            .strangers
            .iter()
            .map(|name| format!("{name} replaces none of our files; is it mistyped?"));
        let unwritten = samples().into_iter().flat_map(|sample| {
            let locales = self.locales().collect::<Vec<_>>();
            locales.into_iter().filter_map(move |locale| {
                let error = sample.write(self, locale).err()?;
                Some(format!("{} in {locale}: {}", sample.name, with_causes(&error)))
            })
        });
        let unshown = Page::ALL.into_iter().flat_map(|page| {
            let locales = self.locales().collect::<Vec<_>>();
            locales.into_iter().filter_map(move |locale| {
                let error = self.page(page, locale).err()?;
                Some(format!("{} in {locale}: {}", page.kind(), with_causes(&error)))
            })
        });
        strangers.chain(unwritten).chain(unshown).collect()
    }

    /// Returns the languages, and the regions that have messages of their own.
    pub fn locales(&self) -> impl Iterator<Item = &str> {
        self.languages.names()
    }

    /// Returns the one of [`Self::locales`] whose messages a letter in the locale `asked` uses: the nearest of its
    /// language, else English.
    pub fn nearest_locale(&self, asked: &str) -> &str {
        self.languages.nearest(asked)
    }

    fn add_template(&mut self, name: &str, source: &str) -> Result<(), LettersError> {
        let added = self.templates.add_template_owned(name.to_owned(), source.to_owned());
        added.map_err(|source| LettersError::Template {
            name: name.to_owned(),
            source,
        })
    }

    fn add_language(&mut self, file: &str, source: &str) -> Result<(), LettersError> {
        let name = file.strip_suffix(".ftl").unwrap_or(file);
        Ok(self.languages.add(name, source)?)
    }

    fn override_file(&mut self, name: &str, source: &str) -> Result<(), LettersError> {
        if Path::new(name).extension().is_some_and(|extension| extension == "ftl") {
            return self.add_language(name, source);
        }
        let ours: BTreeSet<&str> = files(&TEMPLATES).map(|(name, _)| name).collect();
        if !ours.contains(name) {
            self.strangers.push(name.to_owned());
            return Ok(());
        }
        self.add_template(name, source)
    }
}

/// Returns the context of a template: the view's fields, and the function `t` for messages.
fn context_of(view: &Arc<View>, locale: &Arc<Locale>) -> Value {
    let (spoken, locale) = (Arc::clone(view), Arc::clone(locale));
    let translate = move |id: &str| {
        let said = locale.message(id, &spoken.args());
        said.map_err(|error| minijinja::Error::new(ErrorKind::InvalidOperation, error.to_string()))
    };
    context! { t => Value::from_function(translate), ..Value::from(Serde(&**view)) }
}

/// Makes a strict environment: a template that names a missing field is an error. HTML is escaped.
fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
        environment.set_syntax(syntax);
    }
    environment.set_auto_escape_callback(|name| {
        let is_html = Path::new(name).extension().is_some_and(|extension| extension == "html");
        if is_html { AutoEscape::Html } else { AutoEscape::None }
    });
    environment
}

fn files(dir: &'static Dir<'static>) -> impl Iterator<Item = (&'static str, &'static str)> {
    dir.files()
        .filter_map(|file| Some((file.path().to_str()?, file.contents_utf8()?)))
}

fn read_folder(folder: &Path) -> Result<Vec<(String, String)>, LettersError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        |source| LettersError::Read { path, source }
    };
    let mut read = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed(folder))? {
        let path = entry.map_err(failed(folder))?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        if let Some(name) = name.filter(|_| path.is_file()) {
            read.push((name, std::fs::read_to_string(&path).map_err(failed(&path))?));
        }
    }
    // The order is the same on every machine.
    read.sort();
    Ok(read)
}

/// Separates paragraphs by exactly one empty line, whatever the template leaves between them.
fn paragraphs(text: &str) -> String {
    let mut paragraphs: Vec<String> = Vec::new();
    for line in text.lines().map(str::trim_end) {
        match paragraphs.last_mut() {
            _ if line.is_empty() => paragraphs.push(String::new()),
            Some(last) if !last.is_empty() => *last = format!("{last}\n{line}"),
            _ => paragraphs.push(line.to_owned()),
        }
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    format!("{}\n", paragraphs.join("\n\n"))
}

fn with_causes(error: &LettersError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
