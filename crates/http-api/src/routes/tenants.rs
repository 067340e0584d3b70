//! Tenants.

#![expect(clippy::option_option, reason = "left out, null and given are three things to a caller")]

use actix_web::http::StatusCode;
use actix_web::web::{Json, Path, Query};
use actix_web::{HttpResponse, get, put};
use intake::clock;
use persistence::{Contact, Put, Role, TenantUpdate};
use serde::{Deserialize, Deserializer};
use subscription::CustomerId;
use utoipa::{IntoParams, ToSchema};
use wording::form::other_than;

use super::{SharedState, page_limit, tenant_id};
use crate::mail::{AddressFault, Mail};
use crate::problem::{Code, Problem};
use crate::views::{Page, TenantView, TimelineView};

/// The new values of a tenant. An omitted field stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TenantBody {
    /// 1 to 200 characters, none of them a control character. A new tenant without a name gets its id as name.
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    /// The Stripe customer to bind to; `null` unbinds.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    stripe_customer_id: Option<Option<String>>,
    /// The Connect account that the customer belongs to, if it is not your own.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    stripe_account: Option<Option<String>>,
    /// The mode that the customer belongs to. If omitted, it is the mode in which the customer is first seen.
    livemode: Option<bool>,
    /// A BCP 47 tag; the default is `en`. Mails use the nearest available language, which the answer shows as
    /// `mail_locale`.
    #[schema(max_length = 35, pattern = "^[A-Za-z][A-Za-z0-9]{0,7}(-[A-Za-z0-9]{1,8})*$")]
    locale: Option<String>,
    /// An IANA name; the default is `UTC`.
    timezone: Option<String>,
    /// All contacts, at most 20. They replace the existing ones.
    #[schema(max_items = 20)]
    contacts: Option<Vec<ContactBody>>,
}

/// A contact person of a tenant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ContactBody {
    #[schema(format = IdnEmail)]
    email: String,
    #[serde(default)]
    #[schema(max_length = 200)]
    name: String,
    role: RoleBody,
}

/// The subject that a contact gets mails about.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum RoleBody {
    Owner,
    Billing,
    Technical,
}

/// Distinguishes a field that is `null` from an absent one.
fn given<'de, D: Deserializer<'de>>(field: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(field).map(Some)
}

/// The prefixes of a customer's id. In later versions of Stripe's API an account stands in for a customer.
const CUSTOMER: &[&str] = &["cus_", "acct_"];
const ACCOUNT: &[&str] = &["acct_"];
const MAX_NAME_CHARS: usize = 200;
const MAX_ID_BYTES: usize = 255;
const MAX_CONTACTS: usize = 20;

/// Makes or updates a tenant, and binds it to its Stripe customer.
///
/// The first tenant to claim a customer has it; another claim is a conflict. A tenant that is bound to an already known
/// customer has that customer's state at once.
#[utoipa::path(
    operation_id = "putTenant",
    tag = "tenants",
    params(("tenant_id" = String, Path, description = "Your own id of the tenant: 1 to 64 letters, digits or - _ . : @")),
    request_body = TenantBody,
    responses(
        (status = 200, body = TenantView),
        (status = 201, body = TenantView),
        (status = 400, body = Problem),
        (status = 409, description = "The customer belongs to another tenant", body = Problem),
    ),
    security(("api_key" = [])),
)]
#[put("/tenants/{tenant_id}")]
pub(super) async fn put(path: Path<String>, body: Json<TenantBody>, state: SharedState) -> Result<HttpResponse, Problem> {
    let id = tenant_id(&path)?;
    let mut update = body.into_inner().parse(state.mail.as_ref())?;
    if update.stripe_customer_id.is_some() {
        update.livemode = update.livemode.or(state.filter.livemode);
    }
    match state.store.tenants().put(&id, &update, clock::now()).await? {
        Put::Created(tenant) => Ok(HttpResponse::Created().json(TenantView::of(&tenant, state.mail.as_ref()))),
        Put::Updated(tenant) => Ok(HttpResponse::Ok().json(TenantView::of(&tenant, state.mail.as_ref()))),
        Put::CustomerTaken(other) => {
            tracing::warn!(
                tenant.id = id.as_str(),
                holder.id = other.as_str(),
                "a tenant claimed another tenant's customer"
            );
            let detail = "this Stripe customer is bound to another tenant";
            Err(Problem::new(StatusCode::CONFLICT, Code::CustomerTaken, detail))
        }
    }
}

impl TenantBody {
    fn parse(self, mail: &dyn Mail) -> Result<TenantUpdate, Problem> {
        if let Some(name) = &self.name {
            check_text("name", name, MAX_NAME_CHARS)?;
        }
        for (field, wanted, id) in [
            ("stripe_customer_id", CUSTOMER, &self.stripe_customer_id),
            ("stripe_account", ACCOUNT, &self.stripe_account),
        ] {
            if let Some(Some(id)) = id {
                check_stripe_id(field, wanted, id)?;
            }
        }
        self.locale.as_deref().map_or(Ok(()), check_locale)?;
        self.timezone.as_deref().map_or(Ok(()), check_timezone)?;
        let contacts = self.contacts.map(|contacts| parse_contacts(contacts, mail)).transpose()?;
        Ok(TenantUpdate {
            name: self.name,
            locale: self.locale,
            timezone: self.timezone,
            stripe_customer_id: self.stripe_customer_id.map(|id| id.map(CustomerId::new)),
            stripe_account: self.stripe_account.map(Option::unwrap_or_default),
            livemode: self.livemode,
            contacts,
        })
    }
}

fn invalid(detail: impl Into<String>) -> Problem {
    Problem::bad_request(Code::InvalidBody, detail)
}

fn check_text(field: &str, text: &str, max_chars: usize) -> Result<(), Problem> {
    if text.trim().is_empty() || text.chars().count() > max_chars || text.chars().any(char::is_control) {
        return Err(invalid(format!(
            "{field} has 1 to {max_chars} characters, none of them a control character"
        )));
    }
    Ok(())
}

fn check_stripe_id(field: &str, wanted: &[&str], id: &str) -> Result<(), Problem> {
    let fits = !id.is_empty() && id.len() <= MAX_ID_BYTES && id.bytes().all(|byte| byte.is_ascii_graphic());
    if !fits {
        return Err(invalid(format!("{field} is not a Stripe id")));
    }
    let other = other_than(wanted, id);
    other.map_or(Ok(()), |other| {
        Err(invalid(format!("{field} is {other}, and is to be {}…", wanted[0])))
    })
}

fn check_locale(locale: &str) -> Result<(), Problem> {
    let is_subtag = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let fits = locale.len() <= 35 && locale.split('-').all(is_subtag) && locale.starts_with(|c: char| c.is_ascii_alphabetic());
    fits.then_some(())
        .ok_or_else(|| invalid("locale is a BCP 47 tag, like en or da-DK"))
}

fn check_timezone(name: &str) -> Result<(), Problem> {
    match jiff::tz::TimeZone::get(name) {
        Ok(_) => Ok(()),
        Err(_) => Err(invalid("timezone is an IANA name, like UTC or Europe/Copenhagen")),
    }
}

fn parse_contacts(contacts: Vec<ContactBody>, mail: &dyn Mail) -> Result<Vec<Contact>, Problem> {
    if contacts.len() > MAX_CONTACTS {
        return Err(invalid(format!("a tenant has at most {MAX_CONTACTS} contacts")));
    }
    let parsed = contacts.into_iter().map(|contact| contact.parse(mail));
    let mut parsed: Vec<Contact> = parsed.collect::<Result<_, _>>()?;
    parsed.sort();
    parsed.dedup_by(|a, b| (a.role, &a.email) == (b.role, &b.email));
    Ok(parsed)
}

impl ContactBody {
    fn parse(self, mail: &dyn Mail) -> Result<Contact, Problem> {
        // Two libraries check it: one knows what an address is; the other sends mails, and takes a few less.
        let is_address = email_address::EmailAddress::is_valid(&self.email);
        match mail.check_address(&self.email) {
            Ok(()) if is_address => {}
            Err(AddressFault::Domain(reason)) => return Err(invalid(format!("a contact's email: {reason}"))),
            Ok(()) | Err(AddressFault::Syntax) => {
                return Err(invalid("a contact's email is not an email address that mail can be sent to"));
            }
        }
        if !self.name.is_empty() {
            check_text("a contact's name", &self.name, MAX_NAME_CHARS)?;
        }
        Ok(Contact {
            role: match self.role {
                RoleBody::Owner => Role::Owner,
                RoleBody::Billing => Role::Billing,
                RoleBody::Technical => Role::Technical,
            },
            email: self.email,
            name: self.name,
        })
    }
}

/// Shows one tenant.
#[utoipa::path(
    operation_id = "getTenant",
    tag = "tenants",
    params(("tenant_id" = String, Path)),
    responses((status = 200, body = TenantView), (status = 404, body = Problem)),
    security(("api_key" = [])),
)]
#[get("/tenants/{tenant_id}")]
pub(super) async fn show(path: Path<String>, state: SharedState) -> Result<Json<TenantView>, Problem> {
    let tenant = find(&path, &state).await?;
    Ok(Json(TenantView::of(&tenant, state.mail.as_ref())))
}

/// Returns the tenant of this id.
pub(super) async fn find(id: &str, state: &SharedState) -> Result<persistence::Tenant, Problem> {
    let id = tenant_id(id)?;
    let tenant = state.store.tenants().get(&id).await?;
    tenant.ok_or_else(|| Problem::no_tenant(&id))
}

/// The tenants to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// Only tenants whose subscription has this status.
    status: Option<String>,
    /// From 1 to 200; the default is 50.
    limit: Option<u64>,
    /// The end of the last page.
    #[param(pattern = r"^[A-Za-z0-9][A-Za-z0-9._:@-]{0,63}$")]
    cursor: Option<String>,
}

/// Lists tenants, in the order of their ids.
#[utoipa::path(
    operation_id = "listTenants",
    tag = "tenants",
    params(ListQuery),
    responses((status = 200, body = Page<TenantView>), (status = 400, body = Problem)),
    security(("api_key" = [])),
)]
#[get("/tenants")]
pub(super) async fn list(query: Query<ListQuery>, state: SharedState) -> Result<Json<Page<TenantView>>, Problem> {
    let limit = page_limit(query.limit)?;
    let after = query.cursor.as_deref().map(tenant_id).transpose()?;
    let after = after.as_ref().map(subscription::TenantId::as_str);
    let tenants = state.store.tenants().list(query.status.as_deref(), after, limit + 1).await?;
    Ok(Json(Page::cut(
        tenants,
        limit,
        |tenant| tenant.record.id.to_string(),
        |tenant| TenantView::of(&tenant, state.mail.as_ref()),
    )))
}

/// The entries to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct TimelineQuery {
    /// From 1 to 200; the default is 50.
    limit: Option<u64>,
    /// The end of the last page.
    cursor: Option<i64>,
}

/// Lists the changes of a tenant's state, the newest first, and their causes.
#[utoipa::path(
    operation_id = "listTenantTimeline",
    tag = "tenants",
    params(("tenant_id" = String, Path), TimelineQuery),
    responses((status = 200, body = Page<TimelineView>), (status = 404, body = Problem)),
    security(("api_key" = [])),
)]
#[get("/tenants/{tenant_id}/timeline")]
pub(super) async fn timeline(
    path: Path<String>,
    query: Query<TimelineQuery>,
    state: SharedState,
) -> Result<Json<Page<TimelineView>>, Problem> {
    let tenant = find(&path, &state).await?;
    let limit = page_limit(query.limit)?;
    let entries = state
        .store
        .tenants()
        .timeline(&tenant.record.id, query.cursor, limit + 1)
        .await?;
    Ok(Json(Page::cut(
        entries,
        limit,
        |entry| entry.id.to_string(),
        |entry| TimelineView::of(&entry),
    )))
}
