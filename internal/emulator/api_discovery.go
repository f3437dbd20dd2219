package emulator

import (
	"net/http"
	"strings"
)

// discoveryHost serves DataCenterUrls for every account (Oracle NetSuite Help,
// chapter_157011836591).
const (
	discoveryHost = "rest.netsuite.com"
	discoveryPath = "/rest/datacenterurls"
)

// dataCenterURLs needs no token. For an account that is not here it answers with
// URLs that name none, as Oracle documents it of the SOAP operation
// (section_N3494684) and of this one not at all: a guess.
func (s *Server) dataCenterURLs(x *exchange) answer {
	id := x.request.URL.Query().Get("account")
	if id == "" {
		x.refuse("api.invalid-request", "no parameter account")
		return restErrorAt(http.StatusBadRequest, Guess, restDetail{
			Detail: "The parameter account is missing.", QueryParam: "account", Code: "INVALID_PARAMETER",
		})
	}
	basis := Guess
	urls := struct {
		WebServices string `json:"webservicesDomain"`
		REST        string `json:"restDomain"`
		System      string `json:"systemDomain"`
	}{"https://webservices.netsuite.com", "https://rest.netsuite.com", "https://system.netsuite.com"}
	if a := s.accounts[hostLabel(id)]; a != nil {
		basis, x.verdict.Account = Official, a.ID
		urls.WebServices = "https://" + a.label + suitetalkSuffix
		urls.REST = "https://" + a.label + restletsSuffix
		urls.System = "https://" + a.label + appSuffix
	}
	return jsonAnswer(http.StatusOK, typeJSON, basis, urls)
}

// hostLabel is an account's ID as host names have it.
func hostLabel(id string) string { return strings.ToLower(strings.ReplaceAll(id, "_", "-")) }
