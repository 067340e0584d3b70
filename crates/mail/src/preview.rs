//! A preview of every letter: a folder of pages.

use std::fs;
use std::path::{Path, PathBuf};

use minijinja::{AutoEscape, Environment, context};

use crate::samples::samples;
use crate::{Letters, LettersError};

/// The reason why the preview cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum PreviewError {
    /// A letter cannot be written.
    #[error("{sample} in {locale} cannot be written")]
    Letter {
        /// The sample.
        sample: &'static str,
        /// The language.
        locale: String,
        /// The cause.
        #[source]
        source: LettersError,
    },
    /// The page that lists them cannot be written.
    #[error("the index page cannot be made")]
    Index(#[source] minijinja::Error),
    /// A file cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
}

const INDEX: &str = include_str!("preview.html");

/// Writes every sample in every language into `folder`, as HTML and as text, and a page that lists them: `index.html`.
///
/// # Errors
/// [`PreviewError`].
pub fn preview(letters: &Letters, folder: &Path) -> Result<(), PreviewError> {
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, text).map_err(|source| PreviewError::Write { path, source })
    };
    fs::create_dir_all(folder).map_err(|source| PreviewError::Write {
        path: folder.to_owned(),
        source,
    })?;
    let locales: Vec<String> = letters.locales().map(str::to_owned).collect();
    let mut rows = Vec::new();
    for sample in samples() {
        let mut cells = Vec::new();
        for locale in &locales {
            let letter = sample.write(letters, locale).map_err(|source| PreviewError::Letter {
                sample: sample.name,
                locale: locale.clone(),
                source,
            })?;
            let file = format!("{}.{locale}", sample.name);
            write(&format!("{file}.html"), &letter.html)?;
            write(&format!("{file}.txt"), &format!("{}\n\n{}", letter.subject, letter.text))?;
            cells.push(context! { file, subject => letter.subject });
        }
        rows.push(context! { name => sample.name, cells });
    }
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    let index = environment
        .render_str(INDEX, context! { locales, rows })
        .map_err(PreviewError::Index)?;
    write("index.html", &index)
}
