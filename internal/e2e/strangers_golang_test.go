//go:build e2e

package e2e

import (
	"crypto/rsa"
	"os"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

// golangSigner makes assertions with golang-jwt, as its manual does it.
func golangSigner(t *testing.T, _ counterpart, attempts []attempt) []reply {
	t.Helper()
	var replies []reply
	for _, a := range attempts {
		r := reply{Name: a.Name}
		signed, err := golangSign(a)
		if r.JWT = signed; err != nil {
			r.Error = err.Error()
		}
		replies = append(replies, r)
	}
	return replies
}

func golangSign(a attempt) (string, error) {
	method := jwt.GetSigningMethod(a.Alg)
	if pss, is := method.(*jwt.SigningMethodRSAPSS); is && a.salt > 0 {
		options := *pss.Options
		options.SaltLength = a.salt
		method = &jwt.SigningMethodRSAPSS{SigningMethodRSA: pss.SigningMethodRSA, Options: &options}
	}
	token := jwt.NewWithClaims(method, jwt.MapClaims(a.Claims))
	for name, value := range a.Header {
		token.Header[name] = value
	}
	return golangFinish(token, method, a)
}

// golangFinish signs with the attempt's key, read as the method wants it.
func golangFinish(token *jwt.Token, method jwt.SigningMethod, a attempt) (string, error) {
	data, err := os.ReadFile(a.Key)
	if err != nil {
		return "", err
	}
	var key any
	switch method.(type) {
	case *jwt.SigningMethodHMAC:
		key, err = os.ReadFile(a.Public)
	case *jwt.SigningMethodECDSA:
		key, err = jwt.ParseECPrivateKeyFromPEM(data)
	case *jwt.SigningMethodRSA, *jwt.SigningMethodRSAPSS:
		var k *rsa.PrivateKey
		k, err = jwt.ParseRSAPrivateKeyFromPEM(data)
		key = k
	default:
		key = jwt.UnsafeAllowNoneSignatureType
	}
	if err != nil {
		return "", err
	}
	return token.SignedString(key)
}
