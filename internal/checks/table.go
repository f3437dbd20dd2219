// Package checks runs the checks of doctor: a table says what each needs, and a file
// per check measures and judges. It prints nothing.
package checks

import (
	"context"
	"slices"

	"github.com/nsauth/nsauth/internal/finding"
)

// value is something that a check needs before it can run.
type value string

const (
	account       value = "account" // or a token URL of another server
	clientID      value = "client_id"
	certificateID value = "certificate_id"
	keyPath       value = "key"
	certPath      value = "cert"
	signingKey    value = "a private key that loads"
	certificate   value = "a certificate that loads"
	assertion     value = "a signed assertion"
	answer        value = "an answer from the server"
	token         value = "an access token"
)

// producers maps a value to the check that produces it.
var producers = map[value]finding.CheckID{
	account:       finding.CheckProfile,
	clientID:      finding.CheckProfile,
	certificateID: finding.CheckProfile,
	keyPath:       finding.CheckProfile,
	certPath:      finding.CheckProfile,
	signingKey:    finding.CheckKey,
	certificate:   finding.CheckCertificate,
	assertion:     finding.CheckAssertion,
	answer:        finding.CheckNetwork,
	token:         finding.CheckToken,
}

// check is one row of table().
type check struct {
	id    finding.CheckID
	step  int // of the troubleshooting flowchart
	title string
	// needs ask whether a value exists, not whether it is valid: an assertion from a key
	// that NetSuite rejects is still sent, because the rejection is evidence.
	needs []value
	// uses are waited for, and used if they succeeded. They run for a check that needs
	// nothing else; glances never do.
	uses     []finding.CheckID
	glances  []finding.CheckID
	orSeed   bool // a seed replaces the needs
	orFolder bool // a folder that was searched replaces the needs
	required bool // its status unknown makes the run inconclusive
	online   bool // opens a socket
	netsuite bool // applies to NetSuite only, not to another server
	inside   bool // needs an auditor
	late     bool // judges other checks' products, so it runs even after the deadline
	// early starts work while the row waits for others. It returns at once; run finds the
	// result in its inputs. Its context ends with the check. The function waits for
	// another check and reports whether it produced its values.
	early func(context.Context, *Job, func(finding.CheckID) bool) any
	run   func(context.Context, *inputs) outcome
}

// table lists the checks in the order in which they are shown.
func table() []check {
	return []check{
		{id: finding.CheckProfile, step: 0, title: "Profile", required: true, run: checkProfile},
		{id: finding.CheckKey, step: 3, title: "Private key", needs: []value{keyPath}, orFolder: true, required: true, run: checkKey},
		{id: finding.CheckCertificate, step: 3, title: "Certificate", needs: []value{certPath},
			uses: []finding.CheckID{finding.CheckKey}, run: checkCertificate},
		{id: finding.CheckCertificateID, step: 3, title: "Certificate ID", needs: []value{certificate},
			uses: []finding.CheckID{finding.CheckProfile}, orFolder: true, netsuite: true, run: checkCertificateID},
		{id: finding.CheckAssertion, step: 4, title: "Client assertion",
			needs: []value{signingKey, clientID, certificateID, account},
			uses:  []finding.CheckID{finding.CheckCertificate}, orSeed: true, required: true,
			run: measured(sign, judgeAssertion)},
		{id: finding.CheckRequest, step: 4, title: "Token request", run: checkRequest},
		{id: finding.CheckNetwork, step: 6, title: "Network", needs: []value{account}, required: true, online: true,
			run: measured(askServer, judgeNetwork)},
		{id: finding.CheckClock, step: 5, title: "Clock",
			uses: []finding.CheckID{finding.CheckNetwork}, glances: []finding.CheckID{finding.CheckAssertion},
			online: true, late: true, early: askNTP, run: checkClock},
		{id: finding.CheckToken, step: 6, title: "Access token", needs: []value{assertion, answer}, required: true,
			online: true, run: measured(exchange, judgeToken)},
		{id: finding.CheckFeatures, step: 1, title: "Features",
			uses: []finding.CheckID{finding.CheckToken, finding.CheckAPI}, online: true, netsuite: true, late: true,
			run: checkFeatures},
		{id: finding.CheckIntegration, step: 2, title: "Integration record",
			uses: []finding.CheckID{finding.CheckToken}, online: true, netsuite: true, late: true, run: checkIntegration},
		{id: finding.CheckRole, step: 7, title: "Role and entity", needs: []value{token}, online: true, netsuite: true,
			late: true, orSeed: true, run: measured(accessToken, judgeRole)},
		{id: finding.CheckAPI, step: 7, title: "API call", needs: []value{token}, required: true, online: true,
			netsuite: true, orSeed: true, run: measured(makeCalls, judgeAPI)},
		{id: finding.CheckMapping, step: 7, title: "Certificate mapping", needs: []value{token},
			uses: []finding.CheckID{finding.CheckProfile, finding.CheckCertificate}, glances: []finding.CheckID{finding.CheckKey},
			online: true, netsuite: true,
			early: preconnect, run: measured(listCertificates, judgeList)},
		{id: finding.CheckAuditTrail, step: 6, title: "Login Audit Trail",
			uses: []finding.CheckID{finding.CheckToken, finding.CheckAPI}, online: true, netsuite: true, inside: true, run: checkAuditTrail},
		{id: finding.CheckSetup, step: 2, title: "Set-up in NetSuite",
			uses:    []finding.CheckID{finding.CheckToken, finding.CheckAPI, finding.CheckCertificate, finding.CheckAuditTrail},
			glances: []finding.CheckID{finding.CheckKey},
			online:  true, netsuite: true, inside: true, run: checkSetup},
	}
}

// IDs lists the check ids in the order in which they are shown.
func IDs() []finding.CheckID {
	var ids []finding.CheckID
	for _, c := range table() {
		ids = append(ids, c.id)
	}
	return ids
}

// Listed lists the ids in a report of doctor or token. given says that another program's
// assertion is examined: only then there is a request to judge.
func Listed(given bool) []finding.CheckID {
	return slices.DeleteFunc(IDs(), func(id finding.CheckID) bool { return id == finding.CheckRequest && !given })
}

// NotRun lists the checks as results without a status.
func NotRun() []finding.Result {
	var rows []finding.Result
	for _, c := range table() {
		rows = append(rows, finding.Result{ID: c.id, Step: c.step, Title: c.title})
	}
	return rows
}

// producers lists the checks that produce what c needs.
func (c check) producers() []finding.CheckID {
	var ids []finding.CheckID
	for _, v := range c.needs {
		ids = append(ids, producers[v])
	}
	return ids
}

// waits lists the checks that c waits for.
func (c check) waits() []finding.CheckID { return slices.Concat(c.producers(), c.uses, c.glances) }
