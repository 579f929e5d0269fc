"""What can go wrong while signing up or in."""

from api.errors import Conflict, Problem


class SignInRefused(Problem):
    """The wallet's message or signature does not hold.

    Codes: `malformed_message`, `wrong_domain`, `wrong_chain`, `expired`, `not_yet_valid`, `unknown_nonce`,
    `used_nonce`, `bad_signature`.
    """

    code = "sign_in_refused"
    status = 401
    title = "Sign-in refused"


class NameTaken(Conflict):
    """Another person has this name."""

    code = "name_taken"


class WalletTaken(Conflict):
    """The wallet belongs to another person."""

    code = "wallet_taken"
