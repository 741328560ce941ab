//! The closed list of deliberate wrongs.
//!
//! Each makes the reference GtK, or the harness as an attacker, misbehave in exactly one named way: by editing a wire
//! value before it is sent, or by leaving out one guard. Which requirements each of them breaks is data
//! (`profiles/deviations.yaml`) and is held true by the deviation matrix.

mod bundle;
mod guard;
mod handshake;
mod r4;
mod reach;
mod task;
mod token;

pub use guard::Guard;
pub use handshake::{ClientShows, ServerShows};
pub use reach::{Facility, Reach};
pub use token::{AccessTokenUse, present_token};

use serde::{Deserialize, Serialize};

/// One deliberate wrong. The names say what a non-conformant GtK does.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::Display,
    strum::EnumIter,
    strum::EnumMessage,
    strum::VariantNames,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Deviation {
    // The server side of the handshake.
    /// Takes connections without a client certificate.
    AcceptsNoClientCertificate,
    /// Takes a self-signed client certificate.
    AcceptsSelfSignedClientCertificate,
    /// Takes an expired client certificate.
    AcceptsExpiredClientCertificate,
    /// Takes a client certificate of an unknown issuer.
    AcceptsUntrustedClientCertificate,
    /// Takes a revoked client certificate.
    AcceptsRevokedClientCertificate,
    /// Agrees to TLS 1.2.
    AcceptsTls12,
    /// Answers a hello of TLS 1.0 or 1.1.
    AcceptsTls10,
    /// Answers plain HTTP on the same port.
    AnswersPlainHttp,
    /// Shows an expired server certificate.
    ServerCertificateExpired,
    /// Shows a server certificate of an unknown issuer.
    ServerCertificateUntrusted,
    /// Shows a server certificate for another host.
    ServerCertificateForOtherHost,
    /// Shows a revoked server certificate.
    ServerCertificateRevoked,
    /// Does not look up whether a server certificate was revoked.
    IgnoresRevocationOfServers,

    // The client side of the handshake.
    /// Talks to a server whose certificate it cannot trust.
    TrustsAnyServer,
    /// Talks to a server whose certificate names another host.
    IgnoresServerName,
    /// Offers TLS 1.2 alone.
    OffersTls12,
    /// Shows no client certificate.
    NoClientCertificate,
    /// Shows a self-signed client certificate.
    SelfSignedClientCertificate,
    /// Shows an expired client certificate.
    ExpiredClientCertificate,
    /// Shows a client certificate of an unknown issuer with the right names.
    UntrustedClientCertificate,
    /// Shows a revoked client certificate.
    RevokedClientCertificate,
    /// Shows a client certificate that is for servers only.
    ServerOnlyClientCertificate,

    // The authorization server.
    /// Gives tokens without client assertion.
    AcceptsMissingClientAssertion,
    /// Gives tokens on a shared secret.
    AcceptsClientSecret,
    /// Takes an expired client assertion.
    AcceptsExpiredClientAssertion,
    /// Takes a client assertion for another server.
    AcceptsClientAssertionForOtherServer,
    /// Takes an unsigned client assertion.
    AcceptsUnsignedClientAssertion,
    /// Takes a client assertion whose MAC key is the public key.
    AcceptsPublicKeyAsSecret,
    /// Takes a client assertion signed by an unknown key.
    AcceptsUnknownSigningKey,
    /// Takes an expired grant.
    AcceptsExpiredGrant,
    /// Takes a grant for another server.
    AcceptsGrantForOtherServer,
    /// Gives tokens for `client_credentials`.
    AcceptsClientCredentials,
    /// Gives tokens for any scope.
    AcceptsUnknownScope,
    /// Gives tokens for an authorization base that it never issued.
    AcceptsUnknownBase,
    /// Gives tokens for an authorization base that it issued to somebody else.
    AcceptsBaseOfOtherOrganisation,
    /// Takes the patient of the grant instead of the one whom the base is for.
    GoesByPatientOfGrant,
    /// Verifies ES256 and no other algorithm.
    VerifiesEs256Alone,
    /// Metadata without the address of the keys.
    MetadataWithoutKeys,
    /// Metadata that name another issuer.
    MetadataOfOtherIssuer,
    /// Publishes keys without their ids.
    KeysWithoutId,
    /// Fetches no new keys of others.
    KeepsOldKeys,
    /// Fetches the keys of others on every request.
    FetchesKeysEveryTime,
    /// Refuses without an error code.
    TokenErrorWithoutCode,
    /// Refuses with status 500.
    TokenErrorWithServerStatus,
    /// Issues tokens without `token_type`.
    TokenResponseWithoutType,
    /// Issues tokens that may be cached.
    TokenResponseCacheable,
    /// Has no token endpoint.
    NoTokenEndpoint,

    // The token client.
    /// Authenticates by shared secret.
    UsesClientSecret,
    /// Sends no client assertion.
    NoClientAssertion,
    /// Sends a client assertion without `typ`.
    ClientAssertionWithoutType,
    /// Sends a client assertion without `jti`.
    ClientAssertionWithoutId,
    /// Sends an expired client assertion.
    ExpiredClientAssertion,
    /// Sends a client assertion for another server.
    ClientAssertionForOtherServer,
    /// Sends an unsigned client assertion.
    UnsignedClientAssertion,
    /// Sends a client assertion whose MAC key is the public key.
    PublicKeyAsSecret,
    /// Signs the client assertion with a key that nobody knows.
    UnknownSigningKey,
    /// Sends a client assertion that lives for days.
    LongLivedClientAssertion,
    /// Signs assertions with the key of the TLS certificate.
    SignsWithTlsKey,
    /// Sends an expired grant.
    ExpiredGrant,
    /// Sends a grant for another server.
    GrantForOtherServer,
    /// Sends an unsigned grant.
    UnsignedGrant,
    /// Asks with `client_credentials` and no grant.
    ClientCredentialsOnly,
    /// Asks for a scope that does not exist.
    UnknownScope,
    /// Leaves the organisation out of the grant.
    GrantWithoutOrganisation,
    /// Leaves the authorization base out of the grant.
    GrantWithoutBase,
    /// Presents an authorization base that was never issued.
    UnknownBase,
    /// Speaks for another organisation than its own.
    GrantForOtherOrganisation,

    /// Names another subject in the grant than the care provider.
    GrantWithOtherSubject,
    /// Names the organisation in the grant by another number than its URA.
    GrantWithOtherNumber,
    /// Leaves the professional out of the grant.
    GrantWithoutUser,
    /// Names the professional by what is no UZI number.
    GrantWithMalformedUser,
    /// Names another professional in every grant.
    GrantWithChangingUser,
    /// Names one professional whoever acts.
    OneUserForEverybody,
    /// Leaves the role out of the grant.
    GrantWithoutRole,
    /// Names a role that does not exist.
    GrantWithUnknownRole,

    // Authorization of a consultation.
    /// Gives data whatever the role.
    IgnoresRequesterRole,
    /// Gives a role that may see something everything.
    GivesAllCategories,
    /// Gives nothing to anybody who consults.
    RefusesConsultation,
    /// Gives data without knowing of whom.
    GuessesThePatient,

    // The use of access tokens.
    /// Sends no access token.
    NoAccessToken,
    /// Sends a token that nobody issued.
    RandomAccessToken,
    /// Sends a token with one character changed.
    AlteredAccessToken,
    /// Sends the token in the query string.
    AccessTokenInQuery,

    // The resource server.
    /// Answers without a token.
    AnswersWithoutToken,
    /// Takes any token.
    AcceptsUnknownToken,
    /// Takes a token with a changed character.
    AcceptsAlteredToken,
    /// Takes an expired token.
    AcceptsExpiredToken,
    /// Takes a token from the query string.
    AcceptsTokenInQuery,
    /// Takes a token for one endpoint at the other.
    IgnoresTokenPurpose,
    /// Gives one organisation what was meant for another.
    IgnoresTokenOrganisation,
    /// Refuses without telling how to authenticate.
    RefusesWithoutChallenge,
    /// Tells a time that is hours off.
    ClockIsOff,

    // The notification endpoint.
    /// Refuses notifications.
    RefusesNotifications,
    /// Refuses notifications in XML.
    RefusesXmlNotification,
    /// Accepts a notification without saying where it is.
    NotificationWithoutLocation,
    /// Takes notifications without identifier.
    AcceptsNotificationsWithoutIdentifier,
    /// Takes new notifications of any status.
    AcceptsNotificationsOfAnyStatus,
    /// Takes notifications of any code.
    AcceptsNotificationsOfAnyCode,
    /// Takes notifications that name another sender than the token.
    AcceptsNotificationsOfOthers,
    /// Takes notifications for organisations that it does not serve.
    AcceptsNotificationsForOthers,
    /// Takes notifications whose BSN fails the eleven test.
    AcceptsNotificationsWithWrongBsn,
    /// Takes other resources as notifications.
    AcceptsOtherResources,
    /// Takes bodies that cannot be read.
    AcceptsBrokenBodies,
    /// Takes any media type.
    AcceptsOtherMediaTypes,
    /// Takes Tasks that are written as R4.
    AcceptsTasksInR4,
    /// Cancels one notification where several match.
    CancelsOneOfSeveral,
    /// Takes cancellations whose body names another identifier.
    AcceptsCancellationsOfOtherIdentifiers,
    /// Takes cancellations of any status.
    AcceptsCancellationsOfAnyStatus,
    /// Knows no conditional update.
    RefusesCancellation,
    /// Refuses cancellations in XML.
    RefusesXmlCancellation,

    // The notification and its cancellation, as sent.
    /// Delivers by PUT.
    NotifiesByPut,
    /// No identifier.
    NotificationWithoutIdentifier,
    /// No group identifier.
    NotificationWithoutGroup,
    /// A status that STU3 does not know.
    NotificationWithUnknownStatus,
    /// Another status than requested.
    NotificationAlreadyAccepted,
    /// No intent.
    NotificationWithoutIntent,
    /// Another code.
    NotificationWithOtherCode,
    /// No sending system.
    NotificationWithoutAgent,
    /// No sending organisation.
    NotificationWithoutSender,
    /// No receiving organisation.
    NotificationWithoutOwner,
    /// Organisations under another system than URA.
    OrganisationsWithoutUra,
    /// `basedOn` as an absolute URL.
    NotificationWithAbsoluteBasedOn,
    /// Queries as `valueUri`.
    QueriesAsUri,
    /// References as text.
    ReferencesAsText,
    /// Written as R4.
    NotificationInR4,
    /// No BSN anywhere.
    NotificationWithoutPatient,
    /// A BSN that fails the eleven test.
    NotificationWithWrongBsn,
    /// A BSN under another system.
    NotificationWithOtherPatientSystem,
    /// Nothing is said of a changed dataset.
    SilentOnChange,
    /// Nothing is said of a withdrawal.
    SilentOnWithdrawal,
    /// Cancels another identifier.
    CancelsOtherIdentifier,
    /// Cancels without search parameter.
    CancelsUnconditionally,
    /// Cancels with another status.
    CancelsWithOtherStatus,
    /// Cancels with another intent.
    CancelsWithOtherIntent,
    /// Cancels without intent.
    CancelsWithoutIntent,
    /// Cancels as plain JSON.
    CancelsAsPlainJson,

    // Pulling.
    /// Leaves one offered query out.
    SkipsQuery,
    /// Searches by POST.
    SearchesByPost,
    /// Leaves reserved characters as they stand.
    UnencodedQueries,
    /// Does not fetch the Workflow Task.
    SkipsWorkflowTask,
    /// Searches where it should read.
    SearchesInsteadOfReading,
    /// Does not follow the next page.
    IgnoresNextPage,
    /// Goes on pulling after a cancellation.
    PullsAfterCancellation,
    /// Asks for no Provenance.
    QueriesWithoutProvenance,
    /// Calls any host that a Task names.
    CallsForeignHosts,
    /// Follows a page link that leads to itself.
    FollowsLoops,

    // The resource endpoint.
    /// Answers an empty search with 404.
    EmptySearchIsNotFound,
    /// Answers a search with the resource itself.
    SearchWithoutBundle,
    /// Answers with a collection.
    BundleOfOtherType,
    /// Resources without id.
    ResourcesWithoutId,
    /// Resources without `meta.profile`.
    ResourcesWithoutProfile,
    /// `fullUrl` that ends with something else than the id.
    FullUrlOfOtherResource,
    /// Relative `fullUrl`.
    FullUrlRelative,
    /// Codings without system.
    CodingsWithoutSystem,
    /// Codings with the OID of a value set.
    CodingsWithValueSetOid,
    /// Concepts that nobody can read.
    ConceptsWithoutText,
    /// References without display.
    ReferencesWithoutDisplay,
    /// Identifiers without value.
    IdentifiersWithoutValue,
    /// A total beyond what is there.
    TotalTooLarge,
    /// No self link.
    NoSelfLink,
    /// A self link that leaves parameters out.
    SelfLinkWithoutParameters,
    /// A self link that shows a parameter that was ignored.
    SelfLinkWithIgnoredParameter,
    /// One matching resource left out.
    ResourceLeftOut,
    /// A resource of another patient.
    ResourceOfOtherPatient,
    /// Resources without a required element.
    ResourcesWithoutRequiredElement,
    /// Search parameters that are ignored.
    IgnoresSearchParameters,
    /// JSON alone.
    JsonOnly,
    /// `%2F` is not understood.
    RefusesEncodedSlash,
    /// The Workflow Task cannot be read.
    NoWorkflowTask,
    /// Errors without OperationOutcome.
    ErrorsWithoutOutcome,
    /// Outcomes without severity and code.
    OutcomesWithoutSeverity,
    /// Unknown resources are answered with status 200.
    UnknownIsFound,
    /// Single resources cannot be read.
    RefusesRead,
    /// Gives what was never offered, Workflow Tasks included.
    AnswersUnofferedQueries,
    /// Gives the Workflow Task of another referral.
    GivesTasksOfOtherReferrals,
    /// Gives data of whichever patient the query names.
    FollowsAnyPatient,
    /// Gives pages to whoever knows the link.
    GivesPagesToOthers,
    /// Takes search values that cannot be read.
    AcceptsMalformedValues,
    /// Answers searches for types that do not exist.
    AnswersUnknownTypes,
    /// Goes on giving data when the Workflow Task has ended.
    KeepsAccessAfterCompletion,

    // The R4 stack in preparation: notifications.
    /// A search in the criteria of an R4 Subscription.
    R4SubscriptionWithSearchCriteria,
    /// Names the R4 Subscription by a relative reference.
    R4SubscriptionReferenceRelative,
    /// R4 events without a number.
    R4EventWithoutNumber,
    /// R4 heartbeats without the number of events so far.
    R4HeartbeatWithoutCount,
    /// The focus of an R4 event by a relative reference.
    R4FocusRelative,
    /// An authorization value without its type in an R4 event.
    R4AuthorizationValueAlone,
    /// An authorization value in an R4 heartbeat.
    R4AuthorizationInHeartbeat,
    /// R4 notifications of another type.
    R4UnknownNotificationType,
    /// R4 notifications that begin with the status of another Subscription.
    R4StatusOfOtherSubscription,
    /// An entry in an R4 notification that has no focus.
    R4EntryWithoutFocus,
    /// Entries of R4 notifications without `fullUrl`.
    R4EntryWithoutUrl,
    /// Takes every update of an R4 Subscription.
    R4TakesAnyUpdate,
    /// Takes no update of an R4 Subscription.
    R4TakesNoUpdate,
    /// Ignores the search parameters of R4 Subscriptions.
    R4IgnoresSearchParameters,
    /// Does not know `$status` on R4 Subscriptions.
    R4NoStatusOperation,
    /// Lets R4 Subscriptions be deleted.
    R4DeletesSubscriptions,

    // The R4 stack in preparation: workflow coordination.
    /// A Coordination Task that is on hold.
    R4TaskOnHold,
    /// Goes on with a Coordination Task whose owner was not selected.
    R4NotSelectedGoesOn,
    /// A Coordination Task of a selected owner without patient.
    R4SelectedWithoutPatient,
    /// A Coordination Task of a selected owner that asks for something else than fulfilment.
    R4SelectedForSomethingElse,
    /// A Coordination Task with a patient before anybody was selected.
    R4InvitedWithPatient,
    /// A rejected Coordination Task without reason.
    R4RejectedWithoutReason,
    /// A BSN in a Coordination Task.
    R4BsnInTask,
    /// Updates a Coordination Task whatever the version in `If-Match`.
    R4IgnoresIfMatch,
}

impl Deviation {
    /// The word, as the command line and scenarios write it.
    pub fn word(self) -> &'static str {
        self.into()
    }
}
