use persistence::Pooler;
use secrecy::ExposeSecret;
use subscription::facts::ClaimSource;

use super::*;

fn load(file: Option<&str>, variables: &[(&str, &str)]) -> Result<Loaded, ConfigError> {
    let environment = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dunlin.toml");
    if let Some(text) = file {
        std::fs::write(&path, text).unwrap();
    }
    Config::load(file.map(|_| path.as_path()), &environment)
}

#[test]
fn a_variable_outranks_the_file_and_the_file_outranks_the_default() {
    let file = "listen = \"127.0.0.1:9000\"\nlog = \"debug\"\n[stripe]\nlivemode = true\n";
    let config = load(Some(file), &[("DUNLIN_LISTEN", "127.0.0.1:9001")]).unwrap().config;
    assert_eq!(config.listen.port(), 9001);
    assert_eq!(config.log, "debug");
    assert_eq!(config.filter.livemode, Some(true));
    assert_eq!(config.signature_tolerance_secs, 300);
}

#[test]
fn a_mistyped_key_in_the_file_is_an_error_with_its_line() {
    let error = load(Some("log = \"info\"\n[stripe]\nwebhok_secrets = []\n"), &[]).unwrap_err();
    let ConfigError::File { source, .. } = error else {
        panic!("{error}");
    };
    let text = source.to_string();
    assert!(text.contains("line 3") && text.contains("webhok_secrets"), "{text}");
}

#[test]
fn a_mistyped_variable_is_a_warning() {
    let warnings = load(None, &[("DUNLIN_STRIPE_WEBHOOK_SECRET", "whsec_1"), ("DUNLIN_LOG", "warn")])
        .unwrap()
        .warnings;
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].contains("DUNLIN_STRIPE_WEBHOOK_SECRET"));
}

#[test]
fn a_secret_can_come_from_a_file_and_several_are_separated_by_commas() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secrets");
    std::fs::write(&path, "whsec_old, whsec_new\n").unwrap();
    let config = load(None, &[("DUNLIN_STRIPE_WEBHOOK_SECRETS_FILE", path.to_str().unwrap())])
        .unwrap()
        .config;
    let secrets: Vec<&str> = config.webhook_secrets.iter().map(ExposeSecret::expose_secret).collect();
    assert_eq!(secrets, ["whsec_old", "whsec_new"]);
}

#[test]
fn a_missing_or_blank_secret_is_refused_in_one_sentence() {
    let key = ("DUNLIN_API_KEYS", "0123456789abcdef");
    let error = load(None, &[key]).unwrap().config.check_secrets().unwrap_err();
    assert!(error.to_string().contains("DUNLIN_STRIPE_WEBHOOK_SECRETS"), "{error}");
    let error = load(None, &[("DUNLIN_STRIPE_WEBHOOK_SECRETS", "whsec_1")])
        .unwrap()
        .config
        .check_secrets()
        .unwrap_err();
    assert!(error.to_string().contains("DUNLIN_API_KEYS"), "{error}");
    let error = load(None, &[key, ("DUNLIN_STRIPE_WEBHOOK_SECRETS", "whsec_1,,")]).unwrap_err();
    assert!(error.to_string().contains("none of them blank"), "{error}");
    let error = load(Some("[stripe]\nwebhook_secrets = [\"  \"]\n"), &[key]).unwrap_err();
    assert!(error.to_string().contains("none of them blank"), "{error}");
}

#[test]
fn mail_settings_have_defaults_and_say_what_they_must_be() {
    let mail = load(None, &[]).unwrap().config.mail;
    assert!(mail.smtp_url.is_none() && mail.off.contains("trial_started"));
    assert_eq!((mail.hold_secs, mail.min_interval_secs, mail.max_attempts), (60, 43_200, 12));
    let file = "[mail]\nadmin = [\"a@x.example\"]\non_unknown = \"hold\"\n";
    let lists = [
        ("DUNLIN_MAIL_SALES", "s@x.example, t@x.example,"),
        ("DUNLIN_MAIL_OFF", "none"),
    ];
    let mail = load(Some(file), &lists).unwrap().config.mail;
    assert_eq!((mail.admin.len(), mail.sales.len()), (1, 2));
    assert_eq!(mail.on_unknown, persistence::OnUnknown::Hold);
    assert!(!mail.off.contains("trial_started"));
    for (name, value) in [
        ("DUNLIN_MAIL_ON_UNKNOWN", "sometimes"),
        ("DUNLIN_MAIL_OFF", "payment_fialed"),
        ("DUNLIN_MAIL_LEASE_SECS", "9"),
        ("DUNLIN_MAIL_MAX_ATTEMPTS", "0"),
        ("DUNLIN_MAIL_HOLD_SECS", "-1"),
    ] {
        let error = load(None, &[(name, value)]).unwrap_err();
        assert!(error.to_string().starts_with(&format!("{name} must be")), "{error}");
    }
}

#[test]
fn an_interval_has_a_default_and_is_not_nothing() {
    let reconcile = load(None, &[]).unwrap().config.reconcile;
    assert_eq!((reconcile.interval_secs, reconcile.late_mail_hours), (300, 24));
    for name in ["DUNLIN_RECONCILE_INTERVAL_SECS", "DUNLIN_DOCTOR_INTERVAL_SECS"] {
        let error = load(None, &[(name, "0")]).unwrap_err();
        assert_eq!(error.to_string(), format!("{name} must be a number of seconds, at least 1"));
    }
}

#[test]
fn no_source_of_bindings_is_trusted_unless_it_is_named() {
    let binding = |file, variables: &[_]| load(file, variables).map(|loaded| loaded.config.binding);
    let default = binding(None, &[]).unwrap();
    assert_eq!((default.metadata_key.as_str(), default.trusted.len()), ("tenant_id", 0));
    let file = Some("[binding]\nmetadata_key = \"org\"\ntrusted = [\"customer_metadata\"]\n");
    let from_file = load(file, &[]).unwrap().config;
    assert_eq!(from_file.filter.metadata_key, "org");
    assert_eq!(from_file.binding.trusted, [ClaimSource::CustomerMetadata].into());
    let two = ("DUNLIN_BINDING_TRUSTED", "subscription_metadata, client_reference_id");
    assert_eq!(binding(file, &[two]).unwrap().trusted.len(), 2);
    for (name, value) in [
        ("DUNLIN_BINDING_TRUSTED", "email"),
        (
            "DUNLIN_BINDING_METADATA_KEY",
            "a_key_that_is_longer_than_any_key_of_stripes_is",
        ),
    ] {
        let error = binding(None, &[(name, value)]).unwrap_err();
        assert!(error.to_string().starts_with(&format!("{name} must be")), "{error}");
    }
}

#[test]
fn pay_links_need_a_secret_that_cannot_be_guessed_and_somewhere_to_lead() {
    let long = "0123456789abcdef0123456789abcdef";
    let url = ("DUNLIN_PUBLIC_URL", "https://pay.acme.example");
    let link = load(None, &[]).unwrap().config.link;
    assert!(link.public_url.is_none() && link.secrets.is_empty());
    let secrets = format!("{long}, {long}x");
    let link = load(None, &[url, ("DUNLIN_LINK_SECRETS", &secrets)]).unwrap().config.link;
    assert_eq!((link.secrets.len(), link.lifetime_days), (2, 60));
    let file = format!("public_url = \"http://127.0.0.1:8000\"\n[link]\nsecrets = [\"{long}\"]\nlifetime_days = 9\n");
    let link = load(Some(&file), &[]).unwrap().config.link;
    assert_eq!((link.secrets.len(), link.lifetime_days), (1, 9));
    for (variables, said) in [
        (vec![("DUNLIN_LINK_SECRETS", long)], "DUNLIN_PUBLIC_URL is not"),
        (vec![url, ("DUNLIN_LINK_SECRETS", "short")], "too short"),
        (vec![("DUNLIN_PUBLIC_URL", "http://pay.acme.example")], "must be an https URL"),
        (
            vec![("DUNLIN_PUBLIC_URL", "https://pay.acme.example/?a=b")],
            "must be an https URL",
        ),
        (
            vec![("DUNLIN_PUBLIC_URL", "https://u:p@pay.acme.example")],
            "must be an https URL",
        ),
        (vec![("DUNLIN_PUBLIC_URL", "pay.acme.example")], "must be an https URL"),
        (vec![("DUNLIN_LINK_LIFETIME_DAYS", "0")], "from 1 to 365"),
        (vec![("DUNLIN_LINK_LIFETIME_DAYS", "366")], "from 1 to 365"),
    ] {
        let error = load(None, &variables).unwrap_err();
        assert!(error.to_string().contains(said), "{error}");
    }
}

#[test]
fn a_secret_that_signs_bounces_needs_nowhere_to_lead() {
    let secret = ("DUNLIN_LINK_SECRETS", "0123456789abcdef0123456789abcdef");
    let address = ("DUNLIN_MAIL_BOUNCE_ADDRESS", "bounces@acme.example");
    let config = load(None, &[address, secret]).unwrap().config;
    assert_eq!(config.mail.bounce_address.as_deref(), Some("bounces@acme.example"));
    let file = Some("[mail]\nbounce_address = \"bounces@acme.example\"\n");
    let config = load(file, &[secret]).unwrap().config;
    assert_eq!(config.mail.bounce_address.as_deref(), Some("bounces@acme.example"));
}

#[test]
fn a_pooler_is_none_or_one_of_transactions() {
    let pooler = |file, variables: &[_]| load(file, variables).map(|loaded| loaded.config.postgres.pooler);
    let file = Some("[postgres]\npooler = \"transaction\"\n");
    assert_eq!(pooler(None, &[]).unwrap(), Pooler::None);
    assert_eq!(pooler(file, &[]).unwrap(), Pooler::Transaction);
    assert_eq!(pooler(file, &[("DUNLIN_POSTGRES_POOLER", "none")]).unwrap(), Pooler::None);
    let error = pooler(None, &[("DUNLIN_POSTGRES_POOLER", "statement")]).unwrap_err();
    assert_eq!(error.to_string(), "DUNLIN_POSTGRES_POOLER must be none or transaction");
}

#[test]
fn printing_a_configuration_shows_no_secret() {
    let secrets = [
        ("DUNLIN_STRIPE_WEBHOOK_SECRETS", "whsec_hush"),
        ("DUNLIN_API_KEYS", "hush-hush-hush-hush"),
        ("DUNLIN_DATABASE_URL", "sqlite://hush.db"),
        ("DUNLIN_SMTP_URL", "smtps://hush:hush@mail.example"),
        ("DUNLIN_PUBLIC_URL", "https://pay.acme.example"),
        ("DUNLIN_LINK_SECRETS", "hush-hush-hush-hush-hush-hush-hush-hush"),
    ];
    let printed = format!("{:?}", load(None, &secrets).unwrap());
    assert!(!printed.contains("hush"), "{printed}");
}
