// JDK 17, without a library: java NetSuite.java
import java.net.*; import java.net.http.*; import java.nio.file.*; import java.util.*;
import java.security.*; import java.security.spec.*;
class NetSuite {
    static String encode(byte[] bytes) { return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes); }
    static HttpRequest.Builder to(String url) { return HttpRequest.newBuilder(URI.create(url)); }
    static String send(HttpRequest.Builder request) throws Exception {
        return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString()).body(); }
    public static void main(String[] args) throws Exception {
        String account = System.getenv("NETSUITE_ACCOUNT_ID").toLowerCase().replace('_', '-');
        String host = "https://" + account + ".suitetalk.api.netsuite.com", tokenUrl = host + "/services/rest/auth/oauth2/v1/token";
        String pem = Files.readString(Path.of(System.getenv("NETSUITE_PRIVATE_KEY_PATH"))).replaceAll("-----[A-Z ]+-----|\\s", "");
        long now = System.currentTimeMillis() / 1000;
        String header = "{'typ':'JWT','alg':'PS256','kid':'%s'}".formatted(System.getenv("NETSUITE_CERTIFICATE_ID"));
        String claims = "{'iss':'%s','scope':'rest_webservices','aud':'%s','iat':%d,'exp':%d}"
            .formatted(System.getenv("NETSUITE_CLIENT_ID"), tokenUrl, now, now + 300);
        String unsigned = encode(header.replace('\'', '"').getBytes()) + "." + encode(claims.replace('\'', '"').getBytes());
        Signature signature = Signature.getInstance("RSASSA-PSS");
        signature.setParameter(new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1));
        signature.initSign(KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem))));
        signature.update(unsigned.getBytes());
        String type = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer", assertion = unsigned + "." + encode(signature.sign());
        System.out.println(send(to(tokenUrl).header("Content-Type", "application/x-www-form-urlencoded").POST(HttpRequest.BodyPublishers
            .ofString("grant_type=client_credentials&client_assertion_type=" + type + "&client_assertion=" + assertion))));
    } }
