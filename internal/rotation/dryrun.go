package rotation

import (
	"context"
	"fmt"
	"strings"

	"github.com/nsauth/nsauth/netsuite"
)

// dryRun says every request, file and change of a rotation, and makes none of them.
func (r *runner) dryRun(ctx context.Context, j *Journal) error {
	r.entry.Outcome = OutcomePlanned
	r.entry.Journal = nil
	if j.New.MadeCert {
		what := "a certificate"
		if j.New.MadeKey {
			what = fmt.Sprintf("a key (%s) and a certificate", r.keyType())
		}
		r.say(string(Made), "%s would be made: %s", what, strings.Join(r.files(), ", "))
	} else if _, err := r.newCertificate(ctx); err != nil {
		return err
	}
	add, err := r.session.AddRequest([]byte("-----BEGIN CERTIFICATE-----\n..."), j.Role, j.Entity)
	if err != nil {
		return r.endpointError(err)
	}
	r.request(string(Added), add)
	r.request(string(Proven), netsuite.Request{Method: "POST", URL: r.profile.TokenURL})
	if j.Hook {
		r.say(string(Hooked), "the deploy hook would run")
	}
	for _, name := range r.group {
		old := j.Written[name]
		key := old.Key
		if j.New.Key != j.Old.Key {
			key = r.writtenPath(old, j.New.Key)
		}
		r.say(string(Switched), "%s would get certificate_id of NetSuite's answer, key %s, cert %s", name, key, r.writtenPath(old, j.New.Cert))
	}
	if j.RevokeOld == "now" {
		r.request(string(Revoked), r.session.RevokeRequest(j.Old.CertificateID))
	} else {
		r.say("kept", "the old certificate would stay active: --revoke-old %s", j.RevokeOld)
	}
	return nil
}

// files are the new files.
func (r *runner) files() []string {
	if r.journal.New.MadeKey {
		return []string{r.journal.New.Key, r.journal.New.Cert}
	}
	return []string{r.journal.New.Cert}
}

// request tells of a request that is not sent, without its token.
func (r *runner) request(step string, q netsuite.Request) {
	r.entry.Requests = append(r.entry.Requests, RequestShown{Step: step, Method: q.Method, URL: q.URL, Body: string(q.Body)})
	body := ""
	if len(q.Body) > 0 {
		body = " " + string(q.Body)
	}
	r.say(step, "would send %s %s%s", q.Method, q.URL, body)
}
