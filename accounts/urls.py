"""The addresses of accounts, below /api/v1/."""

from django.urls import path

from accounts import api
from accounts.api_keys import api as api_keys
from accounts.audit import api as audit
from accounts.credentials import api as credentials
from accounts.sign_in import api as sign_in
from accounts.workspaces import api as workspaces

urlpatterns = [
    path("auth/register/", api.RegisterView.as_view(), name="api-register"),
    path("auth/token/", api.TokenView.as_view(), name="api-token"),
    path("auth/token/refresh/", api.TokenRefreshView.as_view(), name="api-refresh"),
    path("auth/logout/", api.LogoutView.as_view(), name="api-logout"),
    path("auth/ws-ticket/", api.TicketView.as_view(), name="api-ws-ticket"),
    path(
        "auth/email/verify/request/",
        sign_in.VerifyRequestView.as_view(),
        name="api-verify-request",
    ),
    path("auth/email/verify/", sign_in.VerifyView.as_view(), name="api-verify"),
    path("auth/password/", sign_in.PasswordView.as_view(), name="api-password"),
    path(
        "auth/password/reset/",
        sign_in.ResetRequestView.as_view(),
        name="api-reset-request",
    ),
    path("auth/password/reset/confirm/", sign_in.ResetView.as_view(), name="api-reset"),
    path("me/", api.MeView.as_view(), name="api-me"),
    path(
        "me/second-factor/",
        sign_in.SecondFactorView.as_view(),
        name="api-second-factor",
    ),
    path(
        "me/second-factor/confirm/",
        sign_in.SecondFactorConfirmView.as_view(),
        name="api-second-factor-confirm",
    ),
    path(
        "me/second-factor/recovery-codes/",
        sign_in.RecoveryCodesView.as_view(),
        name="api-recovery-codes",
    ),
    path(
        "me/second-factor/disable/",
        sign_in.SecondFactorDisableView.as_view(),
        name="api-second-factor-disable",
    ),
    path("me/sessions/", sign_in.SessionList.as_view(), name="api-sessions"),
    path("me/sessions/<uuid:id>/", sign_in.SessionDetail.as_view(), name="api-session"),
    path("api-keys/", api_keys.ApiKeyList.as_view(), name="api-keys"),
    path("api-keys/<uuid:id>/", api_keys.ApiKeyDetail.as_view(), name="api-key"),
    path(
        "api-keys/<uuid:id>/rotate/",
        api_keys.RotateApiKey.as_view(),
        name="api-key-rotate",
    ),
    path("audit/", audit.AuditList.as_view(), name="api-audit"),
    path("audit/export/", audit.AuditExport.as_view(), name="api-audit-export"),
    path("workspaces/", workspaces.WorkspaceList.as_view(), name="workspaces"),
    path(
        "workspaces/<uuid:id>/", workspaces.WorkspaceDetail.as_view(), name="workspace"
    ),
    path(
        "workspaces/<uuid:id>/leave/",
        workspaces.LeaveWorkspace.as_view(),
        name="leave-workspace",
    ),
    path(
        "workspaces/<uuid:id>/members/", workspaces.MemberList.as_view(), name="members"
    ),
    path(
        "workspaces/<uuid:id>/members/<uuid:user_id>/",
        workspaces.MemberDetail.as_view(),
        name="member",
    ),
    path(
        "workspaces/<uuid:id>/invitations/",
        workspaces.InvitationList.as_view(),
        name="invitations",
    ),
    path(
        "workspaces/<uuid:id>/invitations/<uuid:invitation_id>/",
        workspaces.InvitationDetail.as_view(),
        name="invitation",
    ),
    path(
        "invitations/accept/",
        workspaces.AcceptInvitation.as_view(),
        name="accept-invitation",
    ),
    path("credentials/", credentials.CredentialList.as_view(), name="api-credentials"),
    path(
        "credentials/providers/",
        credentials.ProviderList.as_view(),
        name="api-credential-providers",
    ),
    path(
        "credentials/oauth/start/",
        credentials.OAuthStart.as_view(),
        name="api-oauth-start",
    ),
    path(
        "credentials/oauth/callback/",
        credentials.OAuthCallback.as_view(),
        name=credentials.CALLBACK,
    ),
    path(
        "credentials/<uuid:id>/",
        credentials.CredentialDetail.as_view(),
        name="api-credential",
    ),
    path(
        "credentials/<uuid:id>/test/",
        credentials.CredentialTest.as_view(),
        name="api-credential-test",
    ),
]
