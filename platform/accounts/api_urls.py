"""Routes of accounts under `/api/v1/`."""

from django.urls import path

from accounts import api

urlpatterns = [
    path("me", api.Me.as_view(), name="api-me"),
    path("me/wallets", api.MyWallets.as_view(), name="api-my-wallets"),
    path("sign-in/challenge", api.SignInChallenges.as_view(), name="api-sign-in-challenge"),
    path("sign-in/wallet", api.SignInWithWallet.as_view(), name="api-sign-in-wallet"),
]
