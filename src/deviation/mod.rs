//! The closed list of deliberate wrongs.
//!
//! Each makes the reference GtK, or the harness as an attacker, misbehave in exactly one named way: by editing a wire
//! value before it is sent, or by leaving out one guard. Which requirements each of them breaks is data
//! (`profiles/deviations.yaml`) and is held true by the deviation matrix.

mod asks;
mod audit;
mod bundle;
mod certificate;
mod consent;
mod document;
mod gateway;
mod guard;
mod handoff;
mod handshake;
mod localisation;
mod maternity;
mod nuts;
mod r4;
mod reach;
mod task;
mod token;

pub use asks::Asks;
pub use audit::Recorded;
pub use certificate::{CrlSays, LeafFlaw, OcspSays, Status};
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
    /// Takes a client certificate with a key that is too weak.
    AcceptsWeakClientKeys,
    /// Takes a client certificate that is signed over a SHA-1 digest.
    AcceptsSha1Certificates,
    /// Agrees to TLS 1.2.
    AcceptsTls12,
    /// Answers a hello of TLS 1.0 or 1.1.
    AcceptsTls10,
    /// Answers a hello of SSL 3.
    AcceptsSsl3,
    /// Exchanges keys by RSA.
    OffersRsaKeyExchange,
    /// Encrypts with 3DES.
    #[serde(rename = "offers-3des")]
    #[strum(serialize = "offers-3des")]
    Offers3des,
    /// Takes suites that are to be phased out.
    OffersPhaseOutSuites,
    /// Exchanges keys on the curve P-224.
    OffersWeakCurve,
    /// Exchanges keys with a prime of 2048 bits.
    OffersWeakPrime,
    /// Signs its key exchange with SHA-1.
    SignsWithSha1,
    /// Shows a certificate with an RSA key of 1024 bits.
    ShowsWeakServerKey,
    /// Agrees to compression.
    NegotiatesCompression,
    /// Agrees to TLS 1.2 without binding renegotiations to the handshake before.
    NoSecureRenegotiation,
    /// Agrees to TLS 1.2, and lets a client begin a second handshake within a connection.
    LetsClientsRenegotiate,
    /// Agrees to TLS 1.2 without extended master secret.
    NoExtendedMasterSecret,
    /// Takes data before the handshake is done.
    AcceptsEarlyData,
    /// Staples no OCSP response.
    NoOcspStapling,
    /// Lets the client's order of suites decide.
    FollowsClientOrder,
    /// Takes no suite of ChaCha20.
    #[serde(rename = "takes-no-chacha20")]
    #[strum(serialize = "takes-no-chacha20")]
    TakesNoChacha20,
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

    // The status of certificates, on both sides of the handshake.
    /// Looks up the status of the leaf, and not of the CAs above it.
    SkipsStatusOfIntermediates,
    /// Takes a certificate as good when the OCSP responder fails, without looking at the revocation list.
    AcceptsWhenOcspIsDown,
    /// Refuses a certificate when the OCSP responder fails, without looking at the revocation list.
    RefusesWhenOcspIsDown,
    /// Takes a certificate whose status cannot be had.
    AcceptsWithoutStatus,
    /// Believes OCSP answers that have expired, that a stranger signed, or that answer another request.
    BelievesAnyOcspAnswer,

    // The name in a client certificate.
    /// Takes the URA from whichever otherName comes first.
    ReadsFirstOtherName,
    /// Refuses UZI names that are written as UTF8String.
    RefusesUtf8Names,
    /// Takes UZI names that break their form.
    AcceptsMalformedUziNames,
    /// Takes certificates of persons' cards, or of their CA, for those of systems.
    AcceptsPersonalCards,
    /// Takes tokens of another organisation than the certificate names.
    IgnoresCertificateOrganisation,
    /// Refuses certificates that name no URA.
    RefusesCertificatesWithoutUra,

    // The client side of the handshake.
    /// Talks to a server whose certificate it cannot trust.
    TrustsAnyServer,
    /// Talks to a server whose certificate names another host.
    IgnoresServerName,
    /// Offers TLS 1.2 alone.
    OffersTls12,
    /// Offers no suite of ChaCha20.
    #[serde(rename = "offers-no-chacha20")]
    #[strum(serialize = "offers-no-chacha20")]
    OffersNoChacha20,
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

    // The use of Mitz by a source.
    /// Releases data to who consults without asking Mitz.
    ReleasesWithoutAskingMitz,
    /// Asks Mitz when the data are out already.
    AsksMitzAfterReleasing,
    /// Takes Deny for Permit.
    TakesDenyForPermit,
    /// Takes Indeterminate for Permit.
    TakesIndeterminateForPermit,
    /// Takes NotApplicable for Permit.
    TakesNotApplicableForPermit,
    /// Releases when Mitz does not answer well.
    FailsOpenAtMitzFaults,
    /// Takes an answer about somebody or something else, or one that is not whole.
    TakesAnswersAboutOthers,
    /// Keeps a permission for the next one who asks.
    ReusesPermits,
    /// Releases every category when one is permitted.
    ReleasesAllOnAMixedAnswer,
    /// Releases no category when one is denied.
    ReleasesNothingOnAMixedAnswer,
    /// Asks in SOAP 1.1.
    QuestionInSoap11,
    /// Asks as text/xml.
    QuestionAsTextXml,
    /// Asks without `X-Request-Id`.
    QuestionWithoutRequestId,
    /// Asks without `Action`, `To` and `ReplyTo`.
    QuestionWithoutAddressing,
    /// Names the patient under another system than BSN.
    QuestionWithoutBsnSystem,
    /// Leaves the first digit of the holder's URA out.
    QuestionWithShortUra,
    /// Names a type of holder that nobody knows.
    QuestionWithUnknownProviderType,
    /// Asks for all categories in one block.
    QuestionWithCategoriesTogether,
    /// Asks for itself instead of the requester.
    QuestionOnOwnBehalf,
    /// Names who acts under mandate as the one who is responsible.
    QuestionWithoutMandate,
    /// Asks about explicit consent with the purpose of presumed consent.
    QuestionForPresumedConsent,
    /// Subscribes at Mitz without naming its type.
    SubscribesWithoutProviderType,
    /// Subscribes at Mitz without naming its systems.
    SubscribesWithoutSystems,
    /// Tries a subscription again that was refused for good.
    RetriesRefusedSubscriptions,
    /// Does not try a subscription again when Mitz was busy.
    GivesUpWhenMitzIsBusy,
    /// Tries a subscription again sooner than Mitz asked.
    IgnoresRetryAfterOfMitz,
    /// Takes no notifications of Mitz.
    RefusesConsentNotifications,
    /// Takes no notifications of Mitz in XML.
    RefusesConsentNotificationsInXml,
    /// Passes over consents that are not active.
    IgnoresWithdrawnConsent,
    /// Lets an older choice take the place of a newer one.
    TakesOlderConsent,
    /// Lets a permission beat an objection.
    PrefersPermission,
    // The audit log.
    /// Logs nothing.
    LogsNothing,
    /// Logs everything twice.
    LogsTwice,
    /// Logs nothing of what it sends itself.
    LogsOnlyIncoming,
    /// Logs no refusals.
    LogsNoRefusals,
    /// Logs a refusal as if it were a success.
    LogsRefusalsAsSuccess,
    /// Logs what did not happen.
    LogsWhatDidNotHappen,
    /// Logs another patient.
    LogsOtherPatient,
    /// Logs the number of the patient without saying what number it is.
    LogsPatientWithoutType,
    /// Logs another organisation.
    LogsOtherOrganisation,
    /// Logs a service account instead of the professional.
    LogsServiceAccount,
    /// Logs no role.
    LogsNoRole,
    /// Logs who is responsible and not who acts under mandate.
    LogsNoMandate,
    /// Logs times that are minutes off.
    LogsWrongTime,
    /// Logs no id of the request.
    LogsNoCorrelation,
    /// Logs no consent and no protocol.
    LogsNoPolicy,
    /// Logs no source.
    LogsNoSource,
    /// Logs access tokens.
    LogsTokens,
    /// Logs clinical content.
    LogsContent,
    /// Sends audit messages that are not what their standard says.
    AuditEventsMalformed,
    // Localisation by the open question to Mitz.
    /// Asks Mitz where data are with another action.
    LocalisesWithOtherAction,
    /// Asks Mitz where data are without saying who gave the patient's number.
    LocalisesWithoutAuthority,
    /// Asks Mitz where data are without an assertion of who asks.
    LocalisesWithoutAssertion,
    /// Asks Mitz where data are without the role of who asks.
    LocalisesWithoutRole,
    /// An unsigned assertion at the open question.
    LocalisationUnsigned,
    /// An assertion at the open question that is valid for an hour.
    LocalisationLongLived,
    /// Takes no answer of Mitz with elements that are not in the schema of IHE.
    RefusesDutchAdditions,
    /// Asks Mitz where data are, and then queries all sources that it knows.
    QueriesAllKnownSources,
    /// Queries all sources that it knows without asking where data are.
    NeverLocalises,
    /// Never queries a source that was named.
    NeverQueriesDirectly,

    // Addressing.
    /// Uses endpoints of an address book that are off.
    IgnoresEndpointStatus,
    /// Uses endpoints of an address book whose period is over.
    IgnoresEndpointPeriod,
    /// Uses endpoints of an address book whatever their connection type.
    IgnoresConnectionType,
    /// Uses endpoints of an address book whatever they are for.
    IgnoresPayloadType,
    /// Uses endpoints of an address book whatever their FHIR version.
    IgnoresFhirVersion,
    /// Exchanges with whoever answers at the address in the book.
    TrustsTheAddressBook,
    /// Looks organisations up by their URA without leading zeros.
    DropsLeadingZeros,
    /// Keeps to the addresses that it found first.
    KeepsOldAddresses,
    /// Asks an address book again at once that said to wait.
    IgnoresRetryAfter,
    /// Another endpoint in the published record than the one that is there.
    PublishesAnotherEndpoint,

    // The token request of Nuts.
    /// A presentation that lives longer than five seconds.
    PresentationLongLived,
    /// The same nonce in every presentation.
    PresentationWithSameNonce,
    /// A credential of the organisation with another otherName than its certificate.
    CredentialWithOtherName,
    /// A credential of the organisation that the key of its certificate did not sign.
    CredentialSignedByStranger,
    /// A credential of the organisation under a CA that only bears the name of a trusted one.
    CredentialOfUntrustedCa,
    /// A statement of DEZI that names another source of keys.
    DeziFromOtherSource,
    /// A statement of DEZI with a wrong signature.
    DeziWithWrongSignature,
    /// A statement of DEZI that has expired.
    DeziExpired,
    /// A statement of DEZI about another organisation.
    DeziOfOtherOrganisation,
    /// A statement of DEZI with a low level of assurance.
    DeziWithLowAssurance,
    /// Takes no presentation.
    RefusesPresentations,
    /// Takes presentations that live longer than five seconds.
    AcceptsLongLivedPresentations,
    /// Takes a presentation twice.
    AcceptsReplayedPresentations,
    /// Takes credentials of organisations with other names than the certificate.
    AcceptsCredentialsWithOtherNames,
    /// Takes credentials of organisations that another key signed.
    AcceptsCredentialsSignedByOthers,
    /// Takes credentials of organisations under any CA.
    AcceptsCredentialsOfAnyCa,
    /// Takes statements of DEZI with keys from anywhere.
    AcceptsDeziFromAnySource,
    /// Takes statements of DEZI without looking at the signature.
    AcceptsDeziWithWrongSignature,
    /// Takes statements of DEZI that have expired.
    AcceptsExpiredDezi,
    /// Takes statements of DEZI about another organisation.
    AcceptsDeziOfOthers,
    /// Takes statements of DEZI with any level of assurance.
    AcceptsDeziWithAnyAssurance,
    /// Knows one spelling of the level of assurance only.
    RefusesOtherSpellingOfAssurance,

    // Gateways of Beeldbeschikbaarheid (30-beeldbeschikbaarheid).

    // The responding gateway: who is let in.
    /// Takes SAML assertions that have expired.
    LetsInExpiredAssertions,
    /// Takes SAML assertions that do not hold yet.
    LetsInEarlyAssertions,
    /// Takes unsigned SAML assertions.
    LetsInUnsignedAssertions,
    /// Takes SAML assertions whose signature does not hold.
    LetsInChangedAssertions,
    /// Takes SAML assertions that anybody signed.
    LetsInAssertionsOfAnyIssuer,
    /// Takes SAML assertions that are meant for another service.
    LetsInAssertionsForOthers,
    /// Takes SAML assertions that name no audience.
    LetsInAssertionsWithoutAudience,
    /// Takes SAML assertions that do not say how the user was authenticated.
    LetsInAssertionsWithoutAuthentication,
    /// Takes SAML assertions that hold longer than ten minutes.
    LetsInLongLivedAssertions,
    /// Takes requests without a SAML assertion.
    LetsInRequestsWithoutAssertion,
    /// Takes SAML assertions that are signed over SHA-1.
    LetsInSha1Assertions,
    /// Reads another SAML assertion than the one that is signed.
    LetsInWrappedAssertions,
    /// Reads the first of several SAML assertions.
    LetsInSeveralAssertions,
    /// Takes SAML assertions about an organisation that another one signed.
    IgnoresSignerOfOrganisation,
    /// Takes the user without a proof of the issuer of the means.
    IgnoresSignerOfUser,
    /// Refuses SAML assertions with several attribute statements.
    ReadsOneStatementAlone,
    /// Refuses SAML assertions with an attribute that it does not know.
    RefusesUnknownAttributes,
    /// Answers a SAML assertion that it refuses as if there were nothing.
    RefusesWithoutFault,
    /// Gives data of another patient than the SAML assertion is about.
    IgnoresPatientOfAssertion,
    /// Gives documents and images without consent.
    GivesWithoutConsent,

    // The responding gateway: messages.
    /// Answers in SOAP 1.1.
    AnswersInSoap11,
    /// Takes requests in SOAP 1.1.
    AcceptsSoap11,
    /// Answers with the action of the transaction behind the gateway.
    AnswersWithInnerAction,
    /// Names another message in RelatesTo.
    AnswersToOtherMessage,
    /// Takes requests whatever their action.
    IgnoresActionOfRequest,
    /// Passes over headers that have to be understood.
    IgnoresMandatoryHeaders,
    /// Takes messages with a document type and entities.
    AcceptsDocumentTypes,
    /// Sends documents as base64 within the message.
    DocumentsWithinTheMessage,
    /// Sends parts without content id.
    PartsWithoutContentId,
    /// Sends two parts with one content id.
    PartsWithSameContentId,
    /// Leaves a part out that the message refers to.
    PartLeftOut,
    /// Ends a package too early.
    MessageCutOff,

    // The responding gateway: queries.
    /// Entries without home community.
    EntriesWithoutHome,
    /// Entries with a home community that is not its own.
    EntriesOfForeignHome,
    /// Does not know a home community that it named itself.
    RefusesOwnHome,
    /// Errors without location.
    ErrorsWithoutLocation,
    /// Errors with the location of another community.
    ErrorsOfForeignLocation,
    /// Says every error with the same code.
    ErrorsWithOtherCodes,
    /// Answers where the home community is missing.
    OverlooksMissingHome,
    /// Finds nothing in a community that it does not know.
    OverlooksUnknownHome,
    /// Answers queries without their parameters.
    OverlooksMissingParameters,
    /// Finds nothing for a stored query that it does not know.
    OverlooksUnknownQueries,
    /// Does not know GetDocuments.
    KnowsNoGetDocuments,
    /// Refuses queries about folders, submission sets and associations.
    RefusesFolderQueries,
    /// Says of an unknown patient that the registry is broken.
    UnknownPatientIsAnError,
    /// Gives for an unknown patient the entries of somebody else.
    UnknownPatientGetsOthers,
    /// Refuses queries without a list of communities.
    NeedsTargetCommunities,
    /// Does not look at the list of communities.
    IgnoresTargetCommunities,
    /// Finds nothing at all when one community is not known.
    FailsOnUnknownTargets,
    /// Calls every answer a partial success.
    PartlySucceedsAlways,
    /// Writes partial success under the root of the other statuses.
    PartialSuccessUnderOtherRoot,
    /// Lists everything of the patient, whatever else was asked.
    IgnoresFiltersOfQuery,
    /// Gives all metadata where references were asked for.
    GivesAllMetadata,
    /// Gives references where all metadata was asked for.
    GivesReferencesAlone,

    // The responding gateway: documents and images.
    /// Says nothing about documents and images that it does not have.
    MissesInSilence,
    /// Gives nothing when one of the documents or images is not there.
    FailsOnAnyMiss,
    /// Gives documents under another id.
    GivesOtherDocumentId,
    /// Gives documents with another media type than their entry has.
    GivesOtherMediaType,
    /// Entries with the hash of another document.
    HashOfOtherDocument,
    /// Entries with the size of another document.
    SizeOfOtherDocument,
    /// Gives images in a transfer syntax that was not asked for.
    ImagesInOtherSyntax,
    /// Gives images with another SOP Instance UID.
    ImagesOfOtherInstance,
    /// Gives images of another study.
    ImagesOfOtherStudy,
    /// Finds images in the first of its sources alone.
    KnowsOneImagingSource,
    /// Has none of the images that its manifests name.
    ImagesNotAvailable,

    // What the responding gateway holds: entries.
    /// Reports with a class code that nobody knows.
    EntryOfUnknownClass,
    /// Entries with two class codes.
    EntryOfTwoClasses,
    /// Reports without type code.
    ReportWithoutType,
    /// Entries with codes of the own institution.
    EntryWithLocalCodes,
    /// PDF reports with another format code.
    PdfReportOfOtherFormat,
    /// PDF reports as if they were anything.
    PdfReportOfOtherMediaType,
    /// CDA reports without format code.
    CdaReportWithoutFormat,
    /// CDA reports as if they were PDF.
    CdaReportAsPdf,
    /// PDF reports that are no PDF.
    ReportThatIsNoPdf,
    /// PDF reports that do not claim to be PDF/A.
    PdfReportNotArchival,
    /// Manifests with another format code.
    ManifestOfOtherFormat,
    /// Manifests as if they were anything.
    ManifestOfOtherMediaType,
    /// Image entries without modality.
    ImagesWithoutModality,
    /// Image entries with a modality that DICOM does not know.
    ImagesOfUnknownModality,
    /// Reports without the accession number of their study.
    ReportWithoutAccession,
    /// Reports with the accession number of another study.
    ReportOfOtherAccession,
    /// Accession numbers without who gave them out.
    AccessionWithoutAuthority,
    /// Entries without the study that they belong to.
    EntriesWithoutStudy,
    /// Reports that refer to no study.
    ReportWithoutReferences,
    /// Manifests under another id than their SOP Instance UID.
    ManifestUnderOtherId,
    /// Lists entries that were replaced.
    DeprecatedEntries,
    /// Author institutions whose number has no root.
    InstitutionWithoutAuthority,
    /// Author institutions with a URA of seven digits.
    InstitutionWithShortUra,
    /// Author institutions with a name of who gives out numbers.
    InstitutionWithNamespace,
    /// Author institutions without name.
    InstitutionWithoutName,
    /// Practice settings of another code system.
    PracticeSettingOfOtherScheme,
    /// Types of facility of another code system.
    FacilityOfOtherScheme,
    /// Confidentiality codes of another code system.
    ConfidentialityOfOtherScheme,
    /// Entries that do not say when the study was performed.
    EntriesWithoutServiceStart,
    /// Entries that are there twice.
    EntriesTwice,
    /// Studies with a report and without images.
    StudyWithoutManifest,
    /// Studies with images and without a report.
    StudyWithoutReport,
    /// One entry for images and report.
    ImagesAndReportInOneEntry,

    // What the responding gateway holds: manifests.
    /// Manifests of another SOP class.
    ManifestOfOtherSopClass,
    /// Manifests without the preamble of a DICOM file.
    ManifestThatIsNoFile,
    /// Manifests without evidence sequence.
    ManifestWithoutEvidence,
    /// Manifests of two studies.
    ManifestOfTwoStudies,
    /// Manifests that do not say where the images are.
    ManifestWithoutLocation,
    /// Manifests that name an image that is not there.
    ManifestOfMissingInstance,

    // The requesting gateway: the assertion.
    /// Sends SAML assertions that have expired.
    AsksWithExpiredAssertion,
    /// Sends unsigned SAML assertions.
    AsksWithUnsignedAssertion,
    /// Changes SAML assertions after they were signed.
    AsksWithChangedAssertion,
    /// Sends SAML assertions that a stranger signed.
    AsksWithAssertionOfStranger,
    /// Signs SAML assertions over SHA-1.
    AsksWithSha1Assertion,
    /// Sends no SAML assertion.
    AsksWithoutAssertion,
    /// Sends a second SAML assertion of its own.
    AsksWithTwoAssertions,
    /// Sends SAML assertions that hold longer than ten minutes.
    AsksWithLongLivedAssertion,
    /// Sends SAML assertions that name no audience.
    AsksWithoutAudience,
    /// Does not say how the user was authenticated.
    AsksWithoutAuthentication,
    /// Sends SAML assertions that hold from another moment than their issue.
    AsksWithLaterStart,
    /// Sends SAML assertions without subject.
    AsksWithoutSubject,
    /// Sends SAML assertions without subject confirmation.
    AsksWithoutConfirmation,
    /// Does not name the responsible professional.
    AsksWithoutProfessional,
    /// Names the responsible professional as text.
    AsksWithProfessionalAsText,
    /// Does not name who acts under a mandate.
    AsksWithoutMandated,
    /// Does not name the role.
    AsksWithoutRole,
    /// Names a role of another code system.
    AsksWithRoleOfOtherSystem,
    /// Does not name the organisation.
    AsksWithoutOrganisation,
    /// Names the organisation under another root than that of URAs.
    AsksWithOtherOrganisationRoot,
    /// Does not name the purpose.
    AsksWithoutPurpose,
    /// Names the purpose without its code system.
    AsksWithPurposeWithoutSystem,
    /// Names two organisations in one SAML assertion.
    AsksWithOtherOrganisationId,
    /// Names the number of the care provider as an instance identifier.
    AsksWithMalformedProviderNumber,
    /// Names another patient in the SAML assertion than in the query.
    AsksAboutOtherPatient,
    /// Has the SAML assertion about the organisation signed by another one.
    AsksWithOrganisationOfStranger,
    /// Sends no proof of the means of authentication.
    AsksWithoutMeans,
    /// Sends a proof of the means of another user.
    AsksWithMeansOfOtherUser,

    // The requesting gateway: requests.
    /// Asks in SOAP 1.1.
    AsksInSoap11,
    /// Wants answers at another address.
    AsksForLaterAnswers,
    /// Asks with the action of the transaction behind a gateway.
    AsksWithInnerAction,
    /// Asks about a number that fails the eleven test.
    AsksWithWrongNumber,
    /// Names the home community without urn:oid.
    AsksWithBareHome,
    /// Queries everybody without asking where data are.
    AsksEverybody,
    /// Queries with codes of the own institution.
    AsksWithLocalCodes,
    /// Retrieves documents without home community.
    RetrievesWithoutHome,
    /// Retrieves documents without repository.
    RetrievesWithoutRepository,
    /// Retrieves images without having read the manifest.
    ImagesWithoutManifest,
    /// Names no transfer syntax.
    ImagesWithoutSyntaxes,
    /// Retrieves images without home community.
    ImagesWithoutHome,
    /// Retrieves images without their series.
    ImagesWithoutSeries,
    /// Retrieves images from the repository of the manifest.
    ImagesFromRepository,

    // The requesting gateway: answers.
    /// Shows documents whose hash or size is another.
    IgnoresHash,
    /// Takes a document that is made later for a broken one.
    RefusesDelayedDocuments,
    /// Takes no documents within the message.
    RefusesInlineDocuments,
    /// Takes packages in one order alone.
    RefusesOddPackages,
    /// Takes no CDA reports.
    RefusesCda,
    /// Takes no PDF reports.
    RefusesPdf,
    /// Takes no entries with slots that it does not know.
    RefusesUnknownSlots,
    /// Tells its user that the patient is not known somewhere.
    TellsUnknownPatient,
    /// Shows no data when one of the gateways does not answer.
    DropsDataBesideErrors,
    /// Does not tell that one of the gateways did not answer.
    DropsErrorsBesideData,
    /// Shows entries without home community.
    TakesEntriesWithoutHome,
    /// Takes a community that is not known for a failure.
    UnknownTargetIsFailure,

    // The audit log of both gateways.
    /// Logs nothing of the exchanges of gateways.
    LogsNoGatewayExchanges,
    /// Logs no purpose of use.
    LogsNoPurpose,

    // Documents of Correspondentie (42-correspondentie).

    // The sending side.
    /// Announces documents that are not there.
    AnnouncesAbsentDocuments,
    /// Gives documents that were superseded where current ones are asked for.
    GivesSupersededDocuments,
    /// Gives documents of other patients.
    GivesDocumentsOfOtherPatients,
    /// Passes over the period of a search for documents.
    IgnoresPeriods,
    /// Answers a search that cannot be read.
    AnswersMalformedSearches,
    /// Has no manifests, and answers searches for them.
    AnswersManifestSearches,
    /// Documents without master identifier.
    DocumentsWithoutMasterIdentifier,
    /// One master identifier for all documents.
    DocumentsWithSameMasterIdentifier,
    /// Another master identifier at every read.
    MasterIdentifiersChange,
    /// Puts the document in the DocumentReference itself.
    DocumentsWithInlineData,
    /// Tells of documents as if they were HTML.
    DocumentsOfOtherMediaType,
    /// Classifies documents with codes of its own.
    DocumentsWithoutLoinc,
    /// Manifests without source.
    ManifestsWithoutSource,
    /// Manifests that list a document that is not there.
    ManifestsOfMissingDocuments,
    /// Gives attachments to whoever asks without a token.
    GivesAttachmentsWithoutToken,
    /// Gives HTML in the place of a PDF.
    DocumentsThatAreNoPdf,
    /// Gives PDFs that do not say that they are PDF/A.
    DocumentsNotArchival,
    /// A Workflow Task with a status that is none of the list.
    WorkflowTaskOfOtherStatus,
    /// A Workflow Task that is no order.
    WorkflowTaskOfOtherIntent,
    /// A Workflow Task of a referral with another code.
    WorkflowTaskOfOtherCode,
    /// A Workflow Task with a requester without agent.
    WorkflowTaskWithoutAgent,

    // The receiving side.
    /// Fetches documents that were not announced.
    FetchesUnannouncedDocuments,
    /// Does not fetch the documents that were announced.
    LeavesDocumentsUnfetched,

    // Nursing handoffs (40-eoverdracht).

    // The sending side: the Task.
    /// A Task that is written as R4.
    HandoffTaskInR4,
    /// Answers a read of the Task with another status than 200.
    GivesHandoffTasksWithOtherStatus,
    /// A Task that claims another profile.
    HandoffTaskOfOtherCanonical,
    /// A Task with its code twice.
    HandoffTaskWithTwoCodes,
    /// A Task that is for no patient.
    HandoffTaskForGroup,
    /// A Task whose requester has no agent.
    HandoffTaskWithoutAgent,
    /// A Task that is no order.
    HandoffTaskOfOtherIntent,
    /// A Task that does not refer to the handoff.
    HandoffTaskWithoutHandoff,
    /// A Task with the input of the handoff twice.
    HandoffTaskWithTwoHandoffs,
    /// A Task that begins as requested where nothing is negotiated.
    HandoffStartsAsRequested,
    /// A Task with a status that handoffs do not have.
    HandoffTaskOfUnknownStatus,

    // The sending side: the document.
    /// Gives documents whose patient claims no profile.
    DocumentResourcesWithoutProfile,
    /// Gives documents as a Bundle of another type.
    HandoffAsCollection,
    /// Gives documents with a resource twice.
    HandoffWithResourceTwice,
    /// Gives documents with relative full URLs.
    HandoffWithRelativeUrls,
    /// Gives documents without a resource that a section refers to.
    HandoffWithoutReferredResource,
    /// Gives Compositions of another type.
    HandoffOfOtherType,
    /// Gives Compositions without transfer date.
    HandoffWithoutTransferDate,
    /// Gives Compositions that do not say who receives.
    HandoffWithoutReceivingOrganisation,
    /// Gives Compositions without care plan.
    HandoffWithoutCarePlan,
    /// Gives Compositions without payer.
    HandoffWithoutPayer,
    /// Gives Compositions whose sender has no role.
    HandoffWithoutPractitionerRole,
    /// Gives Compositions without diagnosis.
    HandoffWithoutDiagnosis,
    /// Gives care plans without interventions.
    CarePlanWithoutInterventions,
    /// Gives handoffs of children with a score of adults.
    ChildHandoffWithAdultScore,
    /// Gives documents about another patient.
    HandoffOfOtherPatient,
    /// Gives no single resources of a handoff.
    GivesHandoffsAsDocumentsAlone,

    // The sending side: notifications and updates.
    /// Takes a new status, and forgets it.
    ForgetsHandoffUpdates,
    /// Tells of a Task at another path.
    NotifiesAtOtherPath,
    /// Tells of a Task with a body.
    NotifiesWithBody,
    /// Tells nothing of a Task that changed.
    SilentOnHandoffChanges,
    /// Tells of a Task by a Notification Task of another code.
    HandoffNotificationOfOtherCode,
    /// Takes a Task whose id is not that of the URL.
    TakesTasksOfOtherIds,
    /// Takes over another owner.
    TakesChangedOwners,

    // The sending side: negotiation.
    /// Begins a negotiation without advance notice.
    NegotiatesWithoutNotice,
    /// Takes the proposed date, and keeps the old one in the notice.
    KeepsTheOldTransferDate,
    /// Declines the proposed date, and does not cancel.
    LeavesDeclinedDatesOpen,
    /// Does not confirm that the receiver rejects.
    LeavesRejectionsOpen,

    // The receiving side.
    /// Does nothing after a notification.
    IgnoresHandoffNotifications,
    /// Answers notifications with 200.
    AnswersHandoffNotificationsWithOk,
    /// Completes a handoff that it did not fetch.
    CompletesWithoutFetching,
    /// Completes a handoff whose document could not be given.
    CompletesWithoutContent,
    /// Fetches a handoff and does not complete it.
    NeverCompletesHandoffs,
    /// Writes a Task that holds its status alone.
    UpdatesWithStatusAlone,
    /// Stops at a Task with an input that it does not know.
    StopsAtOtherInputs,
    /// Takes no handoff without care plan.
    RefusesHandoffsWithoutCarePlan,
    /// Takes no handoff with a code for other.
    RefusesOtherCodes,
    /// Answers advance notices with another status than the user chose.
    AnswersNoticesWithReceived,
    /// Proposes another date without naming one.
    ProposesWithoutDate,
    /// Reads Tasks without access token.
    ReadsHandoffsWithoutToken,

    // Birth care (41-geboortezorg).

    // The source of a maternity record.
    /// Finds no woman.
    WithholdsTheWoman,
    /// Includes nothing.
    GivesRecordsWithoutIncludes,
    /// Passes over the status of the records that are asked for.
    IgnoresRecordStatus,
    /// Passes over the record that is asked about.
    IgnoresRecordOfSearch,
    /// Looks at the first of several records alone.
    TakesFirstRecordOnly,
    /// Knows a record by its reference, not by its bare id.
    KnowsNoBareIds,
    /// Passes over chained parameters.
    IgnoresChains,
    /// Gives of the records of everybody.
    GivesRecordsOfOthers,
    /// Does not have what maternity care asks for.
    LacksMaternityCare,
    /// Does not have reports of ultrasounds and referrals.
    LacksUltrasounds,
    /// Records whose type has the same code twice.
    RecordsOfTwoTypes,
    /// Conditions in the shape of FHIR R4.
    ConditionsInR4,
    /// Claims the general profiles alone.
    RecordsWithoutOwnProfiles,

    // Who consults one.
    /// Asks about records although there are none.
    AsksWithoutRecords,
    /// Does not ask for the observations of contacts.
    LeavesContactsUnasked,

    // The acute handoff.
    /// A message of another version.
    HandoffOfOtherVersion,
    /// A message whose payload begins with a capital.
    HandoffInCapitals,
    /// A message without a reason.
    HandoffWithoutReason,
    /// A message that numbers the professional under another root.
    HandoffUnderOtherRoots,
    /// A message with a BSN that fails the eleven test.
    HandoffWithWrongBsn,
    /// A message that does not say whether medication is used.
    HandoffWithoutMedication,
    /// A message that says so twice.
    HandoffWithMedicationTwice,
}

impl Deviation {
    /// The word, as the command line and scenarios write it.
    pub fn word(self) -> &'static str {
        self.into()
    }
}
