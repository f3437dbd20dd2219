package jwtgen

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

const (
	milliseconds = 1e11 // as seconds this is the year 5138, as milliseconds 1973
	outOfRange   = 1e14
)

// seconds reads a NumericDate (RFC 7519, section 2) as NetSuite requires it: a JSON
// integer, seconds since 1970. For any other value, reason is one of
// time-claim-invalid.
func seconds(v any) (n int64, reason string) {
	if v == nil {
		return 0, "missing"
	}
	if _, isString := v.(string); isString {
		return 0, "string"
	}
	number, isNumber := v.(json.Number)
	if !isNumber {
		return 0, "not-a-number"
	}
	if strings.ContainsAny(number.String(), ".eE") {
		return 0, "float"
	}
	n, err := strconv.ParseInt(number.String(), 10, 64)
	switch {
	case strings.HasPrefix(number.String(), "-"):
		return 0, "negative"
	case err != nil, n >= outOfRange:
		return 0, "range"
	case n >= milliseconds:
		return 0, "milliseconds"
	}
	return n, ""
}

// judgeTimes judges iat, exp and nbf. A claim that is not a valid time gets one fault
// and is not judged further.
func (a *Assertion) judgeTimes(e Expect) []*Fault {
	var faults []*Fault
	valid := map[string]time.Time{}
	for _, claim := range []string{"iat", "exp", "nbf"} {
		v, present := a.Claims[claim]
		if claim == "nbf" && !present {
			continue
		}
		if n, reason := seconds(v); reason == "" {
			valid[claim] = time.Unix(n, 0).UTC()
		} else {
			faults = append(faults, fault(KindTimeClaimInvalid, reason, timeEvidence(claim, v, present)))
		}
	}
	iat, hasIssued := valid["iat"]
	exp, hasExpiry := valid["exp"]
	nbf, hasNotBefore := valid["nbf"]
	if hasIssued && hasExpiry {
		faults = append(faults, lifetimeFaults(iat, exp, e.Rules.MaxLifetime)...)
	}
	if e.Now.IsZero() {
		return faults
	}
	now := e.Now.UTC()
	if hasExpiry && !now.Before(exp) {
		faults = append(faults, fault(KindExpired, "", since("exp", exp, now)))
	}
	if hasIssued && iat.After(now) {
		f := fault(KindIssuedInFuture, "", since("iat", iat, now))
		if isTimeZone(iat.Sub(now)) {
			f.Reason = "time-zone"
		}
		faults = append(faults, f)
	}
	if hasNotBefore && nbf.After(now) {
		faults = append(faults, fault(KindNotBefore, "", since("nbf", nbf, now)))
	}
	return faults
}

// lifetimeFaults has two reasons for a lifetime that is too long, because Oracle's help
// and its samples disagree about exactly the limit.
func lifetimeFaults(iat, exp time.Time, limit time.Duration) []*Fault {
	lifetime := exp.Sub(iat)
	ev := evidence{"lifetime_seconds": int64(lifetime / time.Second), "limit_seconds": int64(limit / time.Second)}
	switch {
	case lifetime <= 0:
		ev["claim"] = "exp"
		return []*Fault{fault(KindTimeClaimInvalid, "order", ev)}
	case limit == 0:
		return nil
	case lifetime > limit:
		return []*Fault{fault(KindLifetimeTooLong, "over", ev)}
	case lifetime == limit:
		return []*Fault{fault(KindLifetimeTooLong, "exact", ev)}
	}
	return nil
}

// since is the evidence of a claim on the wrong side of now: both times, and the
// seconds between them, never negative.
func since(claim string, t, now time.Time) evidence {
	return evidence{
		claim: t.Format(time.RFC3339), "now": now.Format(time.RFC3339),
		"seconds": now.Sub(t).Abs().Round(100 * time.Millisecond).Seconds(),
	}
}

func timeEvidence(claim string, v any, present bool) evidence {
	ev := evidence{"claim": claim}
	if !present {
		return ev
	}
	ev["actual_type"] = JSONType(v)
	switch v := v.(type) {
	case string:
		ev["actual"] = short(v)
	case json.Number:
		ev["actual"] = short(v.String())
	}
	return ev
}

// isTimeZone recognises local time that was written as UTC: whole half hours, within
// two minutes, up to the widest time zone.
func isTimeZone(ahead time.Duration) bool {
	const step, slack, widest = 30 * time.Minute, 2 * time.Minute, 14*time.Hour + 2*time.Minute
	return ahead >= step-slack && ahead <= widest && (ahead-ahead.Round(step)).Abs() <= slack
}
