package gate

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSourceCalls: the calls that code makes, in the ways in which people write
// them; what cannot be resolved is kept as open, and what is no call is not.
func TestSourceCalls(t *testing.T) {
	for _, c := range []struct {
		file, text string
		want       []string
	}{
		{"a.py", "GRAPH = 'https://graph.microsoft.com/v1.0'\nrequests.get('%s/me/drive/items/%s' % (GRAPH, item), headers=h)\n", []string{"GET /v1.0/me/drive/items/{id}"}},
		{"a.py", "GRAPH = 'https://graph.microsoft.com/v1.0'\nrequests.patch('{}/users/{}'.format(GRAPH, user), json=b)\n", []string{"PATCH /v1.0/users/{id}"}},
		{"a.py", "result = await get_graph_client().users.by_user_id(x).send_mail.post(body)\n", []string{"POST /v1.0/users/{id}/sendmail"}},
		{"a.py", "requests.get(f'https://graph.microsoft.com/v1.0/{path}')\n", []string{"open "}},
		{"a.py", "ratio = '%s/%s' % (done, total)\n", nil},
		{"A.java", "private GraphServiceClient build() { return null; }\nvoid f() { build().users().byUserId(mail.getSender()).sendMail().post(body); }\n", []string{"POST /v1.0/users/{id}/sendmail"}},
		{"A.java", "GraphServiceClient client;\nvoid f() { client.users()\n  .byUserId(u)\n  .messages()\n  .get(c -> { c.queryParameters.top = 5; }); }\n", []string{"GET /v1.0/users/{id}/messages"}},
		{"a.go", "func f(c *msgraphsdk.GraphServiceClient) {\n\trequest := c.Groups().ByGroupId(g).TransitiveMembers().GraphUser()\n\tpage, err := request.Get(ctx, nil)\n}\n", []string{"GET /v1.0/groups/{id}/transitivemembers/microsoft.graph.user"}},
		{"a.go", "func f(c *msgraphsdk.GraphServiceClient) {\n\trequest := c.Groups().ByGroupId(g)\n\tcall(request)\n}\n", []string{"open /groups/{id}"}},
		{"a.ts", "const lists = '/me/todo/lists';\nconst all = await this.client.api(lists).get();\nconst one = await this.client.api(`${lists}/${id}/tasks`).post({ title });\n", []string{"GET /v1.0/me/todo/lists", "POST /v1.0/me/todo/lists/{id}/tasks"}},
		{"a.ts", "const route = '/users';\nrouter.navigate(route);\n", nil},
		{"a.ts", "client.api('users')\n  .version('v1.0')\n  .select('id')\n  .get((e, r) => {});\n", []string{"GET /v1.0/users"}},
		{"a.ps1", "$uri = '/beta/deviceManagement/managedDevices'\n$r = Invoke-MgGraphRequest -Method GET -Uri $uri\n", []string{"GET /beta/deviceManagement/managedDevices"}},
		{"a.ps1", "$uri = \"https://graph.microsoft.com/v1.0/users/$($u.Id)/events?`$top=9\"\nInvoke-MgGraphRequest -Method DELETE -Uri $uri\n", []string{"DELETE /v1.0/users/{id}/events"}},
		{"a.ps1", "$path = '/users/shared'\nGet-ChildItem $path\n", nil},
		{"A.cs", "await graphClient.Users[id].Teamwork.SendActivityNotification.PostAsync(body);\n", []string{"POST /v1.0/users/{id}/teamwork/sendactivitynotification"}},
		{"A.cs", "GraphServiceClient g;\nawait g.Me.SendMail(message, true).Request().PostAsync();\nawait g.Groups[x].Members.References.Request().AddAsync(u);\n", []string{"POST /v1.0/me/sendmail", "POST /v1.0/groups/{id}/members/$ref"}},
		{"A.cs", "GraphServiceClient g;\nvar n = await g.Users.Count.GetAsync();\nvar q = g.Me.ToGetRequestInformation();\nvar d = await g.Users.Delta.GetAsDeltaGetResponseAsync();\n", []string{"GET /v1.0/users/$count", "GET /v1.0/me", "GET /v1.0/users/delta"}},
		{"A.cs", "GraphServiceClient g;\nawait g.Drives[d].Items[i].ItemWithPath(\"a/b.txt\").Content.PutAsync(s);\n", []string{"PUT /v1.0/drives/{id}/items/{id}:/{id}:/content"}},
		{"A.cs", "HttpClient http = new HttpClient { BaseAddress = new Uri(\"https://graph.microsoft.com/v1.0/\") };\nhttp.GetStringAsync($\"users/{id}/manager\");\nother.GetStringAsync(\"users/1\");\n", []string{"GET /v1.0/users/{id}/manager"}},
		{"a.js", "const api = axios.create({ baseURL: 'https://graph.microsoft.com/v1.0' });\nconst users = () => api.get('/users');\nrouter.get('/groups', handler);\n", []string{"GET /v1.0/users"}},
		{"a.js", "const root = 'https://graph.microsoft.com/v1.0';\nasync function call(path, options = {}) { return fetch(`${root}${path}`, options); }\nconst send = (b) => call('/me/sendMail', { method: 'POST', body: b });\n", []string{"POST /v1.0/me/sendMail", "open "}},
		{"a.py", "class G:\n    base = 'https://graph.microsoft.com/v1.0'\n    def _call(self, method, path):\n        return self.s.request(method, self.base + path)\n    def groups(self):\n        return self._call('GET', '/groups')\n", []string{"GET /v1.0/groups", "open "}},
		{"a.ts", "const body = { requests: [{ id: '1', method: 'DELETE', url: '/users/5' }] };\nawait client.api('/$batch').post(body);\n", []string{"DELETE /v1.0/users/5"}},
		{"a.ts", "await client.api('/$batch').post(batchOf(ids));\n", []string{"open "}},
		{"a.ts", "const page = { method: 'GET', url: '/users' };\n", nil},
		{"a.tsx", "import { Agenda } from '@microsoft/mgt-react';\n", []string{"open "}},
		{"a.py", "from O365 import Account\n", []string{"open "}},
		{"a.ts", "import { graphfi } from '@pnp/graph';\nconst m = await graph.me.messages();\n", []string{"open "}},
		{"A.cs", "var d = new Dictionary<string, object> { [\"@odata.id\"] = \"https://graph.microsoft.com/v1.0/directoryObjects/1\" };\n", nil},
	} {
		if len(c.want) > 0 && strings.Contains(c.text, "import ") && !worth(c.file, []byte(c.text)) {
			t.Errorf("the search before reading passes over %s", c.text)
		}
		p, problems := readPiece(c.file, []byte(c.text), roles{true, true, true, false})
		if len(problems) > 0 {
			t.Errorf("%s: %v", c.text, problems)
		}
		var got []string
		for _, x := range p.Calls {
			got = append(got, fmt.Sprintf("%s %s", x.Method, x.Path))
		}
		for _, o := range p.Open {
			got = append(got, "open "+o.Prefix)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s:\n%s%s", c.file, c.text, diff)
		}
	}
}
