package api

import (
	"net/http"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/exchange"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

const discoveryPath = "/rest/datacenterurls"

// dataCenterURLs needs no token. For an account that is not here it answers with
// URLs that name none, as Oracle documents it of the SOAP operation
// (section_N3494684) and of this one not at all: a guess.
func (s *Server) dataCenterURLs(x *exchange.Exchange) exchange.Answer {
	id := x.Request.URL.Query().Get("account")
	if id == "" {
		x.Refuse("api.invalid-request", "no parameter account")
		return exchange.RESTErrorAt(http.StatusBadRequest, verdict.Guess, exchange.RESTErrorDetail{
			Detail: "The parameter account is missing.", QueryParam: "account", Code: "INVALID_PARAMETER",
		})
	}
	basis := verdict.Guess
	urls := struct {
		WebServices string `json:"webservicesDomain"`
		REST        string `json:"restDomain"`
		System      string `json:"systemDomain"`
	}{"https://webservices.netsuite.com", "https://rest.netsuite.com", "https://system.netsuite.com"}
	if a := s.accounts[account.HostLabel(id)]; a != nil {
		basis, x.Verdict.Account = verdict.Official, a.ID
		urls.WebServices = "https://" + a.Label + account.SuiteTalkSuffix
		urls.REST = "https://" + a.Label + account.RESTletsSuffix
		urls.System = "https://" + a.Label + account.AppSuffix
	}
	return exchange.JSON(http.StatusOK, exchange.TypeJSON, basis, urls)
}
