"""How allauth's second factors behave here: secrets sealed, our names, no mail, no messages."""

from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings

from accounts.keys.factor_texts import close_text, open_text


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """allauth stores TOTP secrets and the seed of codes in the clear unless it is told how."""

    def encrypt(self, text: str) -> str:
        """Seal under a key from the keeper's pepper."""
        return close_text(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Open what `encrypt` sealed."""
        return open_text(encrypted_text)

    def get_totp_issuer(self) -> str:
        """The name that stands in a person's authenticator app."""
        return f"Confer {settings.CITY_NAME}".strip()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """This installation, as passkeys name it: its host and a name for people."""
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        return {**entity, "name": self.get_totp_issuer()}
