package netsuite_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/nsauth/nsauth/netsuite"
)

// From an account ID to an answer. A local server stands in for NetSuite.
func Example() {
	account, err := netsuite.ParseAccount("1234567-sb1")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(account.ID, account.Kind)
	fmt.Println(account.TokenURL())

	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == netsuite.TokenPath && r.PostFormValue("client_assertion") == "signed-assertion":
			fmt.Fprint(w, `{"access_token":"token-of-an-hour","expires_in":"3600","token_type":"bearer"}`)
		case r.URL.Path == netsuite.TokenPath:
			w.WriteHeader(http.StatusInternalServerError)
			fmt.Fprint(w, `{"error":"server_error"}`)
		case r.Header.Get("Authorization") == "Bearer token-of-an-hour":
			fmt.Fprint(w, `{"serverTime":"2026-11-23T15:00:00.000Z"}`)
		}
	}))
	defer server.Close()

	client, err := netsuite.New(netsuite.Options{
		// With NetSuite itself: account.TokenURL() and account.RESTURL().
		TokenURL: server.URL + netsuite.TokenPath,
		APIURL:   server.URL,
		RootCAs:  server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.CloseIdle()

	ctx := context.Background()
	_, err = client.Exchange(ctx, "another-assertion")
	var refused *netsuite.TokenError
	if errors.As(err, &refused) {
		fmt.Println("refused:", refused.Answer.Status, refused.Code)
	}

	token, err := client.Exchange(ctx, "signed-assertion")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(token.AccessToken, "for", token.ExpiresIn)

	answer, err := client.Do(ctx, netsuite.Request{URL: netsuite.ServerTimePath, AccessToken: token.AccessToken})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(answer.Status, strings.TrimSpace(string(answer.Body)))
	// Output:
	// 1234567_SB1 sandbox
	// https://1234567-sb1.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token
	// refused: 500 server_error
	// <secret> for 1h0m0s
	// 200 {"serverTime":"2026-11-23T15:00:00.000Z"}
}
