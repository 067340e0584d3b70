//! Settings that have the form of something else. They can be read, but nothing works with them.

use secrecy::{ExposeSecret, SecretString};
use url::Url;
use wording::form::other_than;

use crate::config::Config;
use crate::error::ConfigError;
use crate::mistake::Mistake;

const SECRETS: &str = "DUNLIN_STRIPE_WEBHOOK_SECRETS";
const KEY: &str = "DUNLIN_STRIPE_API_KEY";
const ACCOUNT: &str = "DUNLIN_STRIPE_ACCOUNT";
const OUR_KEYS: &str = "DUNLIN_API_KEYS";
const DATABASE: &str = "DUNLIN_DATABASE_URL";

const SET_SECRET: &str = "set it to the endpoint's signing secret, whsec_…, as shown by Stripe's dashboard or `stripe listen`";
const SET_KEY: &str = "set it to a restricted key, rk_…, of the account whose events are received";

/// The parameters that the database's driver heeds in a URL of PostgreSQL. It ignores all others.
const PARAMETERS: [&str; 18] = [
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "statement-cache-capacity",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
];
const SSL_MODES: [&str; 6] = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

impl Config {
    /// Returns the settings that have the form of something else.
    pub fn mistakes(&self) -> Vec<Mistake> {
        let secrets = self.webhook_secrets.iter().filter_map(webhook_secret);
        let key = self.stripe_api.as_ref().and_then(|api| api_key(&api.key));
        let account = self.filter.account.as_deref().and_then(account);
        let ours = self.api_keys.iter().filter_map(our_key);
        let database = database_url(self.database_url.expose_secret());
        secrets.chain(key).chain(account).chain(ours).chain(database).collect()
    }

    /// Returns true if the configured key and account have a form with which Stripe can be asked.
    pub fn may_ask(&self) -> bool {
        let is_about_asking = |mistake: &Mistake| mistake.is_fatal && [KEY, ACCOUNT].contains(&mistake.setting);
        !self.mistakes().iter().any(is_about_asking)
    }

    /// Checks that no setting has a form that cannot work.
    ///
    /// # Errors
    /// [`ConfigError::Mistaken`] with the first such setting.
    pub fn check_forms(&self) -> Result<(), ConfigError> {
        let fatal = self.mistakes().into_iter().find(|mistake| mistake.is_fatal);
        fatal.map_or(Ok(()), |mistake| Err(ConfigError::Mistaken(mistake)))
    }
}

fn fatal(setting: &'static str, found: &str, fix: &str) -> Mistake {
    Mistake {
        setting,
        says: format!("{setting} has {found}"),
        fix: fix.to_owned(),
        is_fatal: true,
    }
}

fn doubtful(setting: &'static str, found: &str, fix: &str) -> Mistake {
    Mistake {
        setting,
        says: format!("{setting} has {found}"),
        fix: fix.to_owned(),
        is_fatal: false,
    }
}

fn webhook_secret(secret: &SecretString) -> Option<Mistake> {
    let text = secret.expose_secret().trim();
    if let Some(found) = other_than(&["whsec_"], text) {
        return Some(fatal(SECRETS, found, SET_SECRET));
    }
    let found = "a secret that does not begin with whsec_, as all of Stripe's do";
    (!text.starts_with("whsec_")).then(|| doubtful(SECRETS, found, SET_SECRET))
}

fn api_key(key: &SecretString) -> Option<Mistake> {
    let text = key.expose_secret().trim();
    if let Some(found) = other_than(&["sk_", "rk_"], text) {
        return Some(fatal(KEY, found, SET_KEY));
    }
    let is_key = text.starts_with("sk_") || text.starts_with("rk_");
    let found = "a key that begins with neither rk_ nor sk_, as all of Stripe's do";
    (!is_key).then(|| doubtful(KEY, found, SET_KEY))
}

fn account(account: &str) -> Option<Mistake> {
    let found = other_than(&["acct_"], account).unwrap_or("what is no account's id");
    (!account.starts_with("acct_")).then(|| {
        fatal(
            ACCOUNT,
            found,
            "set it to the connected account's id, acct_…, or leave it out",
        )
    })
}

/// Finds a Stripe key or id among the keys of Dunlin's own API. Every caller of the API would be given it.
fn our_key(key: &SecretString) -> Option<Mistake> {
    let found = other_than(&[], key.expose_secret().trim())?;
    let fix = "set it to a long random text that only your services and Dunlin know";
    Some(doubtful(OUR_KEYS, found, fix))
}

/// Finds a mistake in a URL of PostgreSQL. Returns `None` for any other URL; the code that opens it reports its faults.
fn database_url(url: &str) -> Option<Mistake> {
    let url = Url::parse(url)
        .ok()
        .filter(|url| matches!(url.scheme(), "postgres" | "postgresql"))?;
    let parameters: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let mode = parameters
        .iter()
        .find(|(name, _)| matches!(name.as_str(), "sslmode" | "ssl-mode"));
    let modes = format!(
        "write sslmode={}",
        SSL_MODES.join(", ").replace(", verify-full", " or verify-full")
    );
    if let Some((name, mode)) = mode
        && !SSL_MODES.contains(&mode.to_ascii_lowercase().as_str())
    {
        return Some(fatal(DATABASE, &format!("{name}={mode:?}, which is no such mode"), &modes));
    }
    let (unknown, _) = parameters.iter().find(|(name, _)| !is_heeded(name))?;
    let found = format!("the parameter {unknown:?}, which is not heeded");
    // Encryption that is requested by an ignored name would silently not happen.
    if mode.is_none() && is_about_encryption(unknown) {
        return Some(fatal(DATABASE, &found, &modes));
    }
    Some(doubtful(DATABASE, &found, "remove it, or look whether it is mistyped"))
}

fn is_heeded(parameter: &str) -> bool {
    PARAMETERS.contains(&parameter) || parameter.starts_with("options[")
}

fn is_about_encryption(parameter: &str) -> bool {
    let parameter = parameter.to_ascii_lowercase();
    parameter.contains("ssl") || parameter.contains("tls")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::Environment;

    fn mistakes(variables: &[(&str, &str)]) -> Vec<(String, bool)> {
        let owned = variables.iter().map(|&(name, value)| (name.to_owned(), value.to_owned()));
        let environment: Environment = owned.collect();
        let mistakes = Config::load(None, &environment).unwrap().config.mistakes();
        let told = mistakes.into_iter().map(|mistake| (mistake.to_string(), mistake.is_fatal));
        told.collect()
    }

    #[test]
    fn what_is_as_it_should_be_is_no_mistake() {
        let good = [
            (SECRETS, "whsec_1,whsec_2"),
            (KEY, "rk_live_1"),
            (ACCOUNT, "acct_1"),
            (OUR_KEYS, "0123456789abcdef"),
            (
                DATABASE,
                "postgres://dunlin@db/dunlin?sslmode=verify-full&sslrootcert=/ca.pem&options[x]=y",
            ),
        ];
        assert_eq!(mistakes(&good), []);
        assert_eq!(mistakes(&[]), []);
    }

    #[test]
    fn a_setting_that_is_another_thing_of_stripes_is_told_by_its_variable_and_what_it_is() {
        for (name, value, found) in [
            (SECRETS, "sk_live_hush", "a secret API key"),
            (SECRETS, "whsec_1,pk_live_hush", "a publishable API key"),
            (SECRETS, "we_1Hush", "an endpoint's id"),
            (KEY, "pk_live_hush", "a publishable API key"),
            (KEY, "whsec_hush", "an endpoint's signing secret"),
            (ACCOUNT, "cus_1Hush", "a customer's id"),
            (ACCOUNT, "acme", "no account's id"),
        ] {
            let told = mistakes(&[(name, value)]);
            assert!(told.len() == 1 && told[0].1, "{name}={value}: {told:?}");
            assert!(told[0].0.starts_with(name) && told[0].0.contains(found), "{told:?}");
            assert!(!told[0].0.to_lowercase().contains("hush"), "{told:?}");
        }
    }

    #[test]
    fn a_secret_of_no_known_form_and_a_stripe_key_for_our_own_callers_only_look_wrong() {
        for (name, value) in [(SECRETS, "secret"), (KEY, "key_1"), (OUR_KEYS, "sk_live_0123456789")] {
            let told = mistakes(&[(name, value)]);
            assert!(told.len() == 1 && !told[0].1, "{name}={value}: {told:?}");
        }
    }

    #[test]
    fn who_asks_for_encryption_in_words_that_nobody_heeds_is_told_so() {
        let told = |query: &str| mistakes(&[(DATABASE, &format!("postgres://u:hush@db/dunlin?{query}"))]);
        for (query, part) in [
            ("sslmode=requre", "sslmode=\"requre\""),
            ("sslmod=require", "\"sslmod\""),
            ("ssl_mode=require", "\"ssl_mode\""),
        ] {
            let told = told(query);
            assert!(told.len() == 1 && told[0].1 && told[0].0.contains(part), "{query}: {told:?}");
            assert!(told[0].0.contains("verify-full") && !told[0].0.contains("hush"), "{told:?}");
        }
        for query in ["connect_timeout=3", "sslmode=require&sslsni=1"] {
            let told = told(query);
            assert!(told.len() == 1 && !told[0].1, "{query}: {told:?}");
        }
        assert_eq!(told("sslmode=REQUIRE"), []);
    }
}
