package netsuite_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nsauth/nsauth/netsuite"
)

// Planted, and searched for in everything that is shown.
const (
	consumerSecret = "a1planted0consumer0secret0e2f3a4b5c6d7e8f90a1b2c3d4e5f6071829304"
	tokenSecret    = "b2planted0token00000secret0e2f3a4b5c6d7e8f90a1b2c3d4e5f6071829304"
)

func tba(t testing.TB, account string) netsuite.TBA {
	t.Helper()
	a, err := netsuite.ParseAccount(account)
	if err != nil {
		t.Fatal(err)
	}
	return netsuite.TBA{Account: a, ConsumerKey: strings.Repeat("c0", 32), ConsumerSecret: netsuite.NewSecret(consumerSecret),
		TokenID: strings.Repeat("d1", 32), TokenSecret: netsuite.NewSecret(tokenSecret)}
}

// notary is a server that verifies signatures by the rules of its own, for requests whose
// query is a=1&b=2 or empty, and answers 401 to the others. It repeats what it got.
type notary struct {
	t       testing.TB
	mu      sync.Mutex
	headers []string
	answer  func(w http.ResponseWriter, r *http.Request) bool
	realm   string
}

var oauthParameter = regexp.MustCompile(`^([a-z_]+)="([^"]*)"$`)

func (n *notary) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n.mu.Lock()
	defer n.mu.Unlock()
	header := r.Header.Get("Authorization")
	again := slices.Contains(n.headers, header)
	n.headers = append(n.headers, header)
	given := map[string]string{}
	for part := range strings.SplitSeq(strings.TrimPrefix(header, "OAuth "), ", ") {
		m := oauthParameter.FindStringSubmatch(part)
		if m == nil {
			n.t.Errorf("the header has %q", part)
			return
		}
		given[m[1]], _ = url.PathUnescape(m[2])
	}
	pairs := []string{}
	if r.URL.RawQuery != "" {
		pairs = append(pairs, strings.Split(r.URL.RawQuery, "&")...)
	}
	for name, value := range given {
		if name != "realm" && name != "oauth_signature" {
			pairs = append(pairs, name+"="+value)
		}
	}
	slices.Sort(pairs)
	escape := strings.NewReplacer(":", "%3A", "/", "%2F", "=", "%3D", "&", "%26")
	base := r.Method + "&" + escape.Replace("https://"+restHost+r.URL.Path) + "&" + escape.Replace(strings.Join(pairs, "&"))
	mac := hmac.New(sha256.New, []byte(consumerSecret+"&"+tokenSecret))
	mac.Write([]byte(base))
	want := base64.StdEncoding.EncodeToString(mac.Sum(nil))
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Repeated", header)
	if given["oauth_signature"] != want || given["realm"] != n.realm || again || len(given["oauth_nonce"]) < 20 {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprintf(w, `{"o:errorDetails":[{"detail":"Invalid login attempt. %s %s","o:errorCode":"INVALID_LOGIN"}]}`, given["oauth_signature"], strings.ReplaceAll(header, `"`, "'"))
		return
	}
	if n.answer != nil && n.answer(w, r) {
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]string{"id": "107", "signature": given["oauth_signature"], "header": header})
}

func notarised(t *testing.T, n *notary, change func(*netsuite.TBA), retries int) *netsuite.Session {
	t.Helper()
	_, o := newServer(t, n.ServeHTTP)
	n.t, n.realm = t, "1234567_SB1"
	signer := tba(t, "1234567-sb1")
	if change != nil {
		change(&signer)
	}
	s, err := newClient(t, o).NewTBASession(signer, netsuite.Retry{Max: retries})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// signatures are the signatures that were sent, as they are and escaped.
func (n *notary) signatures() []string {
	var all []string
	for _, h := range n.headers {
		_, rest, _ := strings.Cut(h, `oauth_signature="`)
		escaped, _, _ := strings.Cut(rest, `"`)
		plain, _ := url.PathUnescape(escaped)
		all = append(all, strings.TrimSuffix(escaped, "%3D"), strings.TrimRight(plain, "="))
	}
	return all
}

// Every way to make a call signs it, and no answer shows the signature.
func TestTBASessionSignsEveryCall(t *testing.T) {
	var n notary
	s := notarised(t, &n, nil, 0)
	const path = "/services/rest/record/v1/customer/107?a=1&b=2"
	answer, err := s.Do(t.Context(), netsuite.Request{URL: path})
	if err != nil {
		t.Fatal(err)
	}
	stream, err := s.Open(t.Context(), netsuite.Request{Method: "POST", URL: recordPath, Body: []byte(`{"q":"a&b=c"}`), Header: http.Header{"Content-Type": {"application/json"}}})
	if err != nil {
		t.Fatal(err)
	}
	streamed, err := io.ReadAll(stream)
	stream.Close()
	if err != nil {
		t.Fatal(err)
	}
	res, err := s.HTTPClient().Get("https://" + restHost + path)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != 200 || res.Request.Header.Get("Authorization") != "" {
		t.Errorf("%d, and the request shows %q", res.StatusCode, res.Request.Header.Get("Authorization"))
	}
	if len(n.headers) != 3 || !strings.HasPrefix(n.headers[0], `OAuth realm="1234567_SB1", oauth_consumer_key="c0c0`) {
		t.Errorf("sent %q", n.headers)
	}
	shown := fmt.Sprintf("%s %v %s %v %v", answer.Body, answer.Header, streamed, stream.Header, s)
	for _, secret := range append(n.signatures(), consumerSecret, tokenSecret) {
		if len(secret) < 40 || strings.Contains(shown, secret) {
			t.Errorf("%q is in %s", secret, shown)
		}
	}
	if strings.Count(shown, "<secret>") < 6 {
		t.Errorf("what was sent is not repeated: %s", shown)
	}
}

// A page of a list and a retry have a nonce of their own.
func TestTBARetryIsSignedAgain(t *testing.T) {
	n := notary{}
	n.answer = func(w http.ResponseWriter, r *http.Request) bool {
		switch len(n.headers) {
		case 1, 3:
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusServiceUnavailable)
		case 2:
			_, _ = io.WriteString(w, `{"items":[{"id":"1"}],"hasMore":true,"links":[{"rel":"next","href":"https://`+restHost+recordPath+`?a=1&b=2"}]}`)
		default:
			_, _ = io.WriteString(w, `{"items":[{"id":"2"}],"hasMore":false}`)
		}
		return true
	}
	s := notarised(t, &n, nil, 3)
	var ids []string
	for record, err := range s.Records(t.Context(), netsuite.Request{URL: recordPath}) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, string(record))
	}
	if fmt.Sprint(ids) != `[{"id":"1"} {"id":"2"}]` || len(n.headers) != 4 {
		t.Errorf("got %s after %d requests", ids, len(n.headers))
	}
}

// A rejected signature is tried once, and its error has no secret.
func TestTBARejected(t *testing.T) {
	for name, change := range map[string]func(*netsuite.TBA){
		"secret": func(s *netsuite.TBA) { s.TokenSecret = netsuite.NewSecret(tokenSecret + "0") },
		"realm":  func(s *netsuite.TBA) { s.Account.ID = s.Account.Label },
		"nonce":  func(s *netsuite.TBA) { s.Nonce = func() string { return "short" } },
	} {
		t.Run(name, func(t *testing.T) {
			var n notary
			s := notarised(t, &n, change, 2)
			_, err := s.Do(t.Context(), netsuite.Request{URL: recordPath})
			var refused *netsuite.APIError
			if !errors.As(err, &refused) || refused.Code != "INVALID_LOGIN" || len(n.headers) != 1 {
				t.Fatalf("%v after %d requests", err, len(n.headers))
			}
			res, err := s.HTTPClient().Post("https://"+restHost+recordPath, "application/json", strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.StatusCode != 401 || len(n.headers) != 2 {
				t.Errorf("%d after %d requests", res.StatusCode, len(n.headers))
			}
			all := texts(refused) + fmt.Sprintf("%+v %s %v", refused.Answer, refused.Answer.Body, refused.Detail)
			for _, secret := range append(n.signatures()[:2], consumerSecret, tokenSecret) {
				if strings.Contains(all, secret) {
					t.Errorf("%q is in %s", secret, all)
				}
			}
		})
	}
}

// The parameters of a form are signed, whoever sends it.
func TestTBASignsAForm(t *testing.T) {
	signer := tba(t, "1234567")
	signer.Now, signer.Nonce = func() time.Time { return time.Unix(1795000000, 0) }, func() string { return "nonce" }
	request := func(kind string, body io.Reader) *http.Request {
		r, err := http.NewRequest("POST", "https://"+restHost+"/app?x=1", body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", kind)
		return r
	}
	const form = "application/x-www-form-urlencoded; charset=UTF-8"
	r := request(form, strings.NewReader("b=2+3&a"))
	signed, err := signer.Sign(r)
	if err != nil || !strings.Contains(signed.BaseString, "&a%3D%26b%3D2%25203%26oauth_") {
		t.Errorf("%v, %+v", err, signed)
	}
	if left, _ := io.ReadAll(r.Body); string(left) != "b=2+3&a" || r.Header.Get("Authorization") != "" {
		t.Errorf("the request was changed: %q", left)
	}
	if signed, err = signer.Sign(request("application/json", strings.NewReader("b=2"))); err != nil || strings.Contains(signed.BaseString, "b%3D2") {
		t.Errorf("%v, %+v", err, signed)
	}
	if signed, err = signer.Sign(request(form, nil)); err != nil || !strings.Contains(signed.BaseString, "oauth_version%3D1.0%26x%3D1") {
		t.Errorf("%v, %+v", err, signed)
	}
	var value *netsuite.ValueError
	if _, err = signer.Sign(request(form, io.MultiReader(bytes.NewReader(nil)))); !errors.As(err, &value) || value.Name != "Body" {
		t.Errorf("a form that cannot be read: %v", err)
	}
}

// What is shown has no signature, and what is missing is named before anything is sent.
func TestTBADisplayAndValues(t *testing.T) {
	_, o := newServer(t, func(http.ResponseWriter, *http.Request) { t.Error("sent") })
	c := newClient(t, o)
	signer := tba(t, "1234567")
	shown, err := c.HTTPRequest(netsuite.Request{URL: recordPath, TBA: &signer})
	if err != nil {
		t.Fatal(err)
	}
	if h := shown.Header.Get("Authorization"); !strings.HasSuffix(h, `, oauth_version="1.0", oauth_signature="<secret>"`) {
		t.Error(h)
	}
	for name, change := range map[string]func(*netsuite.TBA){
		"Account missing":           func(s *netsuite.TBA) { s.Account = netsuite.Account{} },
		"ConsumerKey missing":       func(s *netsuite.TBA) { s.ConsumerKey = "" },
		"ConsumerSecret missing":    func(s *netsuite.TBA) { s.ConsumerSecret = netsuite.Secret{} },
		"TokenID characters":        func(s *netsuite.TBA) { s.TokenID = "a\nb" },
		"TokenSecret missing":       func(s *netsuite.TBA) { s.TokenSecret = netsuite.Secret{} },
		"ConsumerSecret characters": func(s *netsuite.TBA) { s.ConsumerSecret = netsuite.NewSecret(consumerSecret + "\n") },
	} {
		wrong := signer
		change(&wrong)
		_, doErr := c.Do(t.Context(), netsuite.Request{URL: recordPath, TBA: &wrong})
		_, newErr := c.NewTBASession(wrong, netsuite.Retry{})
		r, _ := http.NewRequest("GET", "https://"+restHost, nil)
		_, signErr := wrong.Sign(r)
		for _, err := range []error{doErr, newErr, signErr} {
			var value *netsuite.ValueError
			if !errors.As(err, &value) || value.Name+" "+value.Reason != name || strings.Contains(texts(err), consumerSecret) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	s, err := c.NewTBASession(signer, netsuite.Retry{})
	if err != nil {
		t.Fatal(err)
	}
	// An escape that programs read differently cannot be signed.
	r, _ := http.NewRequest("POST", "https://"+restHost+"/x", io.NopCloser(strings.NewReader("{}")))
	r.URL.RawQuery = "a=%zz"
	if _, err := s.RoundTrip(r); err == nil || strings.Contains(texts(err), tokenSecret) {
		t.Error(err)
	}
}
