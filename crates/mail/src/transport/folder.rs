//! A folder of `.eml` files: mail without a mail server.

use std::path::{Path, PathBuf};

use tokio::fs;
use tokio::io::AsyncWriteExt;

use super::SendError;

/// A transport that writes letters as files.
#[derive(Debug)]
pub struct FolderTransport {
    folder: PathBuf,
}

/// A letter in the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredMail {
    /// The file name without `.eml`.
    pub name: String,
    /// The whole message.
    pub message: String,
}

/// The reason why a folder of letters cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {}", path.display())]
pub struct StoredMailError {
    path: PathBuf,
    source: std::io::Error,
}

impl FolderTransport {
    /// Parses a `file:FOLDER` URL, or returns `None` for any other. The folder is created with the first letter.
    pub fn parse(url: &str) -> Option<Self> {
        let folder = url.strip_prefix("file:")?;
        let folder = folder.strip_prefix("//").unwrap_or(folder);
        (!folder.is_empty()).then(|| Self {
            folder: PathBuf::from(folder),
        })
    }

    /// Returns all letters in the folder, the oldest first.
    ///
    /// # Errors
    /// [`StoredMailError`]. A missing folder holds no letters.
    pub fn stored(&self) -> Result<Vec<StoredMail>, StoredMailError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            |source| StoredMailError { path, source }
        };
        let entries = match std::fs::read_dir(&self.folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(failed(&self.folder))?,
        };
        let mut mails = Vec::new();
        for entry in entries {
            let entry = entry.map_err(failed(&self.folder))?;
            let path = entry.path();
            let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
            if let Some(name) = name.filter(|_| path.extension().is_some_and(|extension| extension == "eml")) {
                let bytes = std::fs::read(&path).map_err(failed(&path))?;
                let written_at = entry.metadata().and_then(|file| file.modified()).map_err(failed(&path))?;
                let message = String::from_utf8_lossy(&bytes).into_owned();
                mails.push((written_at, StoredMail { name, message }));
            }
        }
        mails.sort_by(|(a_at, a), (b_at, b)| (a_at, &a.name).cmp(&(b_at, &b.name)));
        Ok(mails.into_iter().map(|(_, mail)| mail).collect())
    }

    /// Writes a letter whole or not at all. It replaces an earlier letter of the same message id.
    pub(super) async fn store(&self, message: &[u8], message_id: &str) -> Result<(), SendError> {
        let written = self.write(message, message_id).await;
        written.map_err(|error| SendError::Later(format!("cannot write to the mail folder {}: {error}", self.folder.display())))
    }

    async fn write(&self, message: &[u8], message_id: &str) -> std::io::Result<()> {
        fs::create_dir_all(&self.folder).await?;
        let name = file_name(message_id);
        let (part, whole) = (
            self.folder.join(format!("{name}.part")),
            self.folder.join(format!("{name}.eml")),
        );
        let mut file = fs::File::create(&part).await?;
        file.write_all(message).await?;
        file.sync_all().await?;
        fs::rename(part, whole).await
    }
}

/// Reduces a message id to characters that are safe in a file name.
fn file_name(message_id: &str) -> String {
    let local = message_id.trim_start_matches('<').split('@').next().unwrap_or_default();
    let safe = local
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    safe.collect()
}
