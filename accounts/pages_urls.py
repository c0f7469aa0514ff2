"""Addresses of the pages for signing in, up and out, and of one's account."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from accounts import pages
from accounts.account_pages import audit, credentials, keys, profile, workspace
from accounts.sign_in import account_pages as account
from accounts.sign_in import pages as sign_in
from accounts.sign_in.identity_pages import identities

urlpatterns = [
    path("", pages.home, name="home"),
    path("sign-in/", pages.SignIn.as_view(), name="sign-in"),
    path("sign-in/code/", sign_in.code, name="sign-in-code"),
    path("sign-in/verify/", sign_in.verify_wait, name="sign-in-verify"),
    path("sign-in/with/<slug:name>/", sign_in.oidc_out, name="oidc-out"),
    path("sign-in/with/<slug:name>/back/", sign_in.oidc_back, name="oidc-back"),
    path("sign-up/", pages.sign_up, name="sign-up"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("verify/<str:token>/", sign_in.verify_link, name="verify"),
    path("password/reset/", sign_in.reset_request, name="reset-request"),
    path("password/reset/<str:token>/", sign_in.reset, name="reset"),
    path("account/password/", account.password, name="password"),
    path("account/second-factor/", account.factor, name="second-factor"),
    path("account/identities/", identities, name="identities"),
    path("account/sessions/", account.places, name="sessions"),
    path("account/", profile.profile, name="account"),
    path("account/keys/", keys.keys, name="account-keys"),
    path("account/keys/new/", keys.key_new, name="account-key-new"),
    path("account/keys/<uuid:id>/", keys.key_edit, name="account-key"),
    path(
        "account/keys/<uuid:id>/suspend/", keys.key_suspend, name="account-key-suspend"
    ),
    path("account/keys/<uuid:id>/rotate/", keys.key_rotate, name="account-key-rotate"),
    path("account/keys/<uuid:id>/revoke/", keys.key_revoke, name="account-key-revoke"),
    path("account/credentials/", credentials.credentials, name="account-credentials"),
    path(
        "account/credentials/new/",
        credentials.credential_new,
        name="account-credential-new",
    ),
    path(
        "account/credentials/connect/",
        credentials.credential_connect,
        name="account-credential-connect",
    ),
    path(
        "account/credentials/<uuid:id>/test/",
        credentials.credential_try,
        name="account-credential-test",
    ),
    path(
        "account/credentials/<uuid:id>/delete/",
        credentials.credential_delete,
        name="account-credential-delete",
    ),
    path("account/audit/", audit.audit, name="account-audit"),
    path("account/workspace/", workspace.workspace, name="account-workspace"),
    path(
        "account/workspace/new/", workspace.workspace_new, name="account-workspace-new"
    ),
    path(
        "account/workspace/choose/", workspace.workspace_choose, name="workspace-choose"
    ),
    path(
        "account/workspaces/<uuid:id>/",
        workspace.workspace_change,
        name="account-workspace-change",
    ),
    path(
        "account/workspaces/<uuid:id>/delete/",
        workspace.workspace_end,
        name="account-workspace-delete",
    ),
    path(
        "account/workspaces/<uuid:id>/leave/",
        workspace.workspace_leave,
        name="account-workspace-leave",
    ),
    path(
        "account/workspaces/<uuid:id>/invite/",
        workspace.member_invite,
        name="account-member-invite",
    ),
    path(
        "account/workspaces/<uuid:id>/members/<uuid:user_id>/role/",
        workspace.member_role,
        name="account-member-role",
    ),
    path(
        "account/workspaces/<uuid:id>/members/<uuid:user_id>/remove/",
        workspace.member_remove,
        name="account-member-remove",
    ),
    path(
        "account/workspaces/<uuid:id>/invitations/<uuid:invitation_id>/withdraw/",
        workspace.invitation_withdraw,
        name="account-invitation-withdraw",
    ),
    path("invitations/<str:token>/", workspace.invitation, name="join"),
]
