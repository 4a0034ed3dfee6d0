// A real OpenID provider for the tests of sign-in, on a free port of this machine. Who signs in at it is said in the
// password: its form asks nobody for more than a name.
import { Provider } from "oidc-provider";

const port = Number(process.env.PORT);
const redirect = process.env.REDIRECT;
const issuer = `http://127.0.0.1:${port}`;
const people = JSON.parse(process.env.PEOPLE);

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "xrm",
      client_secret: process.env.SECRET,
      redirect_uris: redirect.split(" "),
      grant_types: ["authorization_code"],
      response_types: ["code"],
    },
  ],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"], groups: ["groups"] },
  scopes: ["openid", "email", "profile", "groups"],
  pkce: { required: () => true },
  cookies: { keys: ["tests only"] },
  findAccount: (_, id) => (id in people ? { accountId: id, claims: () => ({ sub: id, ...people[id] }) } : undefined),
  features: { devInteractions: { enabled: true } },
});

provider.listen(port, "127.0.0.1", () => console.log("ready"));
