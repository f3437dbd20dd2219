package oauth

import (
	"io"
	"net/http"
	"net/url"

	"github.com/nsauth/nsauth/internal/emulator/exchange"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

const RevokePath = "/services/rest/auth/oauth2/v1/revoke"

// Revoke is the endpoint for refresh tokens, which client credentials never get
// (Oracle NetSuite Help, section_161071224088). It asks for the client's ID and
// secret as Oracle documents it, and then has nothing to revoke: an access token
// that is sent here stays good, and the answer is that of RFC 7009 section 2.2 to
// a token that the server does not know. Secrets are not modelled: any will do.
func (s *Server) Revoke(x *exchange.Exchange) exchange.Answer {
	r := x.Request
	refused := func(code, reason, oauth string) exchange.Answer {
		x.Refuse(code, reason)
		return oauthAnswer(oauth, x.Account.ID, verdict.Guess)
	}
	if r.Method != http.MethodPost {
		x.Refuse("request.wrong-method", "the method is not POST")
		return exchange.WrongMethod(http.MethodPost)
	}
	if types := r.Header.Values("Content-Type"); len(types) != 1 || exchange.MediaType(types[0]) != "application/x-www-form-urlencoded" {
		return refused("request.content-type", "Content-Type is not application/x-www-form-urlencoded", verdict.InvalidRequest)
	}
	client, secret, basic := r.BasicAuth()
	x.Verdict.ClientID = verdict.Identifier(client)
	if !basic || secret == "" || x.Account.ByClientID[client] == nil {
		return refused("request.client-authentication", "no Basic header with the Client ID and secret of an integration record", verdict.InvalidClient)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return refused("request.incomplete", exchange.Incomplete(err), verdict.InvalidRequest)
	}
	form, err := url.ParseQuery(string(body))
	switch {
	case err != nil:
		return refused("request.malformed", "the body is not form-urlencoded", verdict.InvalidRequest)
	case form.Get("token") == "":
		return refused("request.parameter-missing", "no parameter token", verdict.InvalidRequest)
	case len(form["token"]) > 1:
		return refused("request.parameter-repeated", "a parameter is there more than once: token", verdict.InvalidRequest)
	}
	a := exchange.Answer{Status: http.StatusOK, ContentType: exchange.TypeJSON, Basis: verdict.Guess}
	a.Header = map[string]string{"Cache-Control": "no-store"}
	return a
}
