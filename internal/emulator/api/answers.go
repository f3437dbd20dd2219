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

func nonexistentID() exchange.Answer {
	return exchange.RESTError(http.StatusNotFound, verdict.Official, "NONEXISTENT_ID",
		"The record instance does not exist. Provide a valid record instance ID.")
}

func notFound() exchange.Answer {
	return exchange.RESTError(http.StatusNotFound, verdict.Guess, "NOT_FOUND", "There is no resource at this URL.")
}

// noService answers a host that is no account's here (Oracle NetSuite Help,
// chapter_157011836591).
func noService() exchange.Answer {
	return exchange.Answer{Status: http.StatusServiceUnavailable, ContentType: "text/html; charset=utf-8", Header: nil,
		Body: []byte(noServicePage), Basis: verdict.Official}
}

const noServicePage = "<html><head><title>Service Unavailable</title></head><body>Service Unavailable. No service is available at this URL.</body></html>\n"

func loginPage() exchange.Answer {
	return exchange.Answer{Status: http.StatusOK, ContentType: "text/html; charset=utf-8", Header: nil,
		Body: []byte("<!DOCTYPE html>\n<html><head><title>NetSuite - Customer Login</title></head><body></body></html>\n"), Basis: verdict.Guess}
}

// tooMany is the refusal of a call over the limit, with the title that Oracle's
// sample has (section_156570709583). It is judged after the token: a guess.
func (s *Server) tooMany() exchange.Answer {
	a := exchange.JSON(http.StatusTooManyRequests, exchange.TypeError, verdict.Official, exchange.RESTErrorBody{
		Type:    exchange.StatusPage(http.StatusTooManyRequests),
		Title:   http.StatusText(http.StatusBadRequest),
		Status:  http.StatusTooManyRequests,
		Details: []exchange.RESTErrorDetail{{Detail: "Concurrent request limit exceeded. Request blocked.", Code: "CONCURRENCY_LIMIT_EXCEEDED"}},
	})
	if s.retryAfter > 0 {
		a.Header = map[string]string{"Retry-After": strconv.Itoa(s.retryAfter)}
	}
	return a
}
