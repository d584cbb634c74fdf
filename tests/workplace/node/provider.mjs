// A real OpenID Connect provider with two people; its own pages ask for a name and take any password.
import { Provider } from "oidc-provider";

const [port, returnTo] = process.argv.slice(2);
const people = {
  researcher: { email: "researcher@example.org", email_verified: true, name: "Rita Research" },
  newcomer: { email: "newcomer@example.org", email_verified: true, name: "Nora New" },
  unverified: { email: "admin@example.org", email_verified: false, name: "Not the admin" },
};
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: "servq",
    client_secret: "a secret of the client: with signs & %",
    redirect_uris: [returnTo],
    grant_types: ["authorization_code"],
    response_types: ["code"],
  }],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
  pkce: { required: () => true },
  cookies: { keys: ["a key of the tests"] },
  findAccount: (_, id) => (id in people ? { accountId: id, claims: () => ({ sub: id, ...people[id] }) } : undefined),
});
provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));
