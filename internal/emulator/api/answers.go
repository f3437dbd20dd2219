package api

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/nsauth/nsauth/internal/emulator/exchange"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

// workbookMissing is the misleading 400 for a role without SuiteAnalytics
// Workbook, bisected in a field report.
func workbookMissing() exchange.Answer {
	return exchange.RESTError(http.StatusBadRequest, verdict.Observed, "USER_ERROR",
		"Your current role does not have permission to perform this action.")
}

// permissionMissing names the permission, as field reports show it.
func permissionMissing(permission string) exchange.Answer {
	return exchange.RESTError(http.StatusForbidden, verdict.Observed, "INSUFFICIENT_PERMISSION",
		fmt.Sprintf("Permission Violation: You need the '%s' permission to access this page. Please contact your account administrator.", permission))
}

// invalidParameter answers an invalid parameter of the query.
func invalidParameter(name, detail string) exchange.Answer {
	return exchange.RESTErrorAt(http.StatusBadRequest, verdict.Guess, exchange.RESTErrorDetail{Detail: detail, QueryParam: name, Code: "INVALID_PARAMETER"})
}

func noRecordType() exchange.Answer {
	return exchange.RESTError(http.StatusNotFound, verdict.Guess, "NOT_FOUND", "The record type does not exist.")
}

func notFound() exchange.Answer {
	return exchange.RESTError(http.StatusNotFound, verdict.Guess, "NOT_FOUND", "There is no resource at this URL.")
}

// noService answers a host that belongs to no account here (Oracle NetSuite Help,
// chapter_157011836591).
func noService() exchange.Answer {
	return htmlPage(http.StatusServiceUnavailable, verdict.Official,
		"<html><head><title>Service Unavailable</title></head><body>Service Unavailable. No service is available at this URL.</body></html>\n")
}

func loginPage() exchange.Answer {
	return htmlPage(http.StatusOK, verdict.Guess,
		"<!DOCTYPE html>\n<html><head><title>NetSuite - Customer Login</title></head><body></body></html>\n")
}

func htmlPage(status int, basis verdict.Basis, body string) exchange.Answer {
	return exchange.Answer{Status: status, ContentType: "text/html; charset=utf-8", Body: []byte(body), Basis: basis}
}

// tooMany answers a call over the limit, with the title of Oracle's sample
// (section_156570709583). That NetSuite looks at the token first is a guess.
func (s *Server) tooMany() exchange.Answer {
	a := exchange.JSON(http.StatusTooManyRequests, exchange.TypeError, verdict.Official, exchange.RESTErrorBody{
		Type:    exchange.StatusPage(http.StatusTooManyRequests),
		Title:   http.StatusText(http.StatusBadRequest),
		Status:  http.StatusTooManyRequests,
		Details: []exchange.RESTErrorDetail{{Detail: "Concurrent request limit exceeded. Request blocked.", Code: "CONCURRENCY_LIMIT_EXCEEDED"}},
	})
	if s.config.RetryAfter > 0 {
		a.Header = map[string]string{"Retry-After": strconv.Itoa(s.config.RetryAfter)}
	}
	return a
}
