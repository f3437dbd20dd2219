package rotation

import (
	"context"
	"fmt"
	"strings"

	"github.com/nsauth/nsauth/internal/mapping"
	"github.com/nsauth/nsauth/netsuite"
)

// dryRun says every request, file and change that a rotation has left, and makes none of
// them.
func (r *runner) dryRun(ctx context.Context, j *Journal) error {
	r.entry.Outcome = OutcomePlanned
	if j.Step == "" { // it is not begun
		r.entry.Journal = nil
	}
	if err := r.dryMake(ctx, j); err != nil {
		return err
	}
	if !j.done(Added) {
		if j.Sent {
			r.say(string(Added), "NetSuite's list would be read first: it may have the certificate already")
		}
		add, err := r.session.AddRequest([]byte("-----BEGIN CERTIFICATE-----\n..."), j.Role, j.Entity)
		if err != nil {
			return r.endpointError(err)
		}
		r.request(string(Added), add)
	}
	if !j.done(Proven) {
		r.request(string(Proven), netsuite.Request{Method: "POST", URL: r.profile.TokenURL})
	}
	if !j.done(Hooked) && j.Hook && !r.options.NoHook {
		r.say(string(Hooked), "the deploy hook would run")
	}
	if !j.done(Switched) {
		r.drySwitch(j)
	}
	if j.RevokeOld == "now" {
		r.request(string(Revoked), r.session.RevokeRequest(j.Old.CertificateID))
	} else {
		r.say("kept", "the old certificate would stay active: --revoke-old %s", j.RevokeOld)
	}
	return nil
}

func (r *runner) dryMake(ctx context.Context, j *Journal) error {
	if j.done(Made) {
		return nil
	}
	if !j.New.MadeCert {
		_, err := r.newCertificate(ctx)
		return err
	}
	what, files := "a certificate", []string{j.New.Cert}
	if j.New.MadeKey && !exists(j.New.Key) {
		what, files = fmt.Sprintf("a key (%s) and a certificate", r.keyType()), []string{j.New.Key, j.New.Cert}
	}
	if !exists(j.New.Cert) { // else a run that was stopped made it
		r.say(string(Made), "%s would be made: %s", what, strings.Join(files, ", "))
	}
	return nil
}

func (r *runner) drySwitch(j *Journal) {
	for _, name := range r.group {
		old := j.Written[name]
		key := old.Key
		if j.New.Key != j.Old.Key {
			key = r.writtenPath(old, j.New.Key)
		}
		r.say(string(Switched), "%s would get certificate_id of NetSuite's answer, key %s, cert %s", name, key, r.writtenPath(old, j.New.Cert))
	}
}

// dryUndo says every request, file and change of an undo, and makes none of them.
func (r *runner) dryUndo(switched bool) error {
	j, id := r.journal, r.journal.New.CertificateID
	r.entry.Outcome = OutcomePlanned
	if switched || j.Sent {
		r.request(string(Proven), netsuite.Request{Method: "POST", URL: r.profile.TokenURL})
	}
	if switched {
		r.say("restored", "%s would sign with %s again", strings.Join(r.group, ", "), j.Old.CertificateID)
	}
	switch why, err := r.whyKept(id); {
	case err != nil:
		return err
	case id == "" && j.Sent:
		r.say("unknown", "NetSuite's list would be read: a new certificate in it would be revoked, if the rotation surely added it")
		return nil
	case why != "":
		r.say("kept", "%s would stay active: %s", id, why)
		r.keepFiles()
		return nil
	case id != "":
		r.request(string(Revoked), mapping.Endpoint{URL: r.profile.Account.CertificatesURL(j.ClientID)}.RevokeRequest(id))
	}
	if paths := j.madeFiles(); len(paths) > 0 {
		r.say("removed", "%s would be removed", strings.Join(paths, ", "))
	}
	return nil
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
