package emulator

import (
	"io"
	"net/http"
	"net/url"
)

const revokePath = "/services/rest/auth/oauth2/v1/revoke"

// revoke is the endpoint for refresh tokens, which client credentials never get
// (Oracle NetSuite Help, section_161071224088). It asks for the client's ID and
// secret as Oracle documents it, and then has nothing to revoke: an access token
// that is sent here stays good, and the answer is that of RFC 7009 section 2.2 to
// a token that the server does not know. Secrets are not modelled: any will do.
func (s *Server) revoke(x *exchange) answer {
	r := x.request
	refused := func(code, reason, oauth string) answer {
		x.refuse(code, reason)
		return s.oauthAnswer(oauth, x.account.ID, Guess)
	}
	if r.Method != http.MethodPost {
		x.refuse("request.wrong-method", "the method is not POST")
		return wrongMethod(http.MethodPost)
	}
	if types := r.Header.Values("Content-Type"); len(types) != 1 || mediaType(types[0]) != "application/x-www-form-urlencoded" {
		return refused("request.content-type", "Content-Type is not application/x-www-form-urlencoded", invalidRequest)
	}
	client, secret, basic := r.BasicAuth()
	x.verdict.ClientID = identifier(client)
	if !basic || secret == "" || x.account.integrations[client] == nil {
		return refused("request.client-authentication", "no Basic header with the Client ID and secret of an integration record", invalidClient)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return refused("request.incomplete", incomplete(err), invalidRequest)
	}
	form, err := url.ParseQuery(string(body))
	switch {
	case err != nil:
		return refused("request.malformed", "the body is not form-urlencoded", invalidRequest)
	case form.Get("token") == "":
		return refused("request.parameter-missing", "no parameter token", invalidRequest)
	case len(form["token"]) > 1:
		return refused("request.parameter-repeated", "a parameter is there more than once: token", invalidRequest)
	}
	a := answer{status: http.StatusOK, contentType: typeJSON, basis: Guess}
	a.header = map[string]string{"Cache-Control": "no-store"}
	return a
}
