"""Single sign-on by OpenID Connect (``[web.oidc]``, extra ``oidc``): code flow with PKCE.

browser ──► /sign-in/oidc ──► the provider ──► /sign-in/oidc/back?code ──► session
            a sealed cookie keeps               the code is exchanged and the ID token
            state, nonce and verifier           verified, by our checked way out

provider    what a provider says of itself, its keys, the exchange, the verified claims
journey     what a browser keeps while its person is at the provider
routes      the two addresses
"""
