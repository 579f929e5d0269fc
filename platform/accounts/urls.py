"""Pages of `accounts`."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("sign-up/", views.sign_up, name="sign-up"),
    path("sign-in/", views.limited_passwords(views.SignInView.as_view()), name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("account/", views.account, name="account"),
    path("account/keys/", views.create_api_key, name="create-key"),
    path("account/keys/<uuid:key_id>/revoke/", views.revoke_api_key, name="revoke-key"),
]
