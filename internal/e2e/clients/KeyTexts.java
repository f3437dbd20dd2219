import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.PSSParameterSpec;
import java.util.Base64;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;

/**
 * What the JDK and Bouncy Castle say of a damaged or wrong key.
 * <pre>java -cp CLASSPATH KeyTexts.java {NAME ALG FILE}...</pre>
 * FILE is - for null. It prints library, version, input and text, each ended by a NUL;
 * without a text it signed.
 */
public class KeyTexts {
    interface Reader { PrivateKey read(String pem, String alg) throws Exception; }

    static PrivateKey pkcs8(String pem, String alg, Base64.Decoder decoder) throws Exception {
        String body = pem.replace("-----BEGIN PRIVATE KEY-----", "").replace("-----END PRIVATE KEY-----", "").replaceAll("\\s", "");
        return KeyFactory.getInstance(alg.startsWith("PS") ? "RSA" : "EC").generatePrivate(new PKCS8EncodedKeySpec(decoder.decode(body)));
    }

    static PrivateKey bouncyCastle(String pem, String alg) throws Exception {
        Object found = new PEMParser(new StringReader(pem)).readObject();
        JcaPEMKeyConverter converter = new JcaPEMKeyConverter();
        return found instanceof PrivateKeyInfo info ? converter.getPrivateKey(info) : converter.getKeyPair((org.bouncycastle.openssl.PEMKeyPair) found).getPrivate();
    }

    static void say(String library, String version, String input, Reader reader, String alg, String file) throws Exception {
        String text = "";
        try {
            String pem = file.equals("-") ? null : new String(Files.readAllBytes(Path.of(file)), StandardCharsets.UTF_8);
            PrivateKey key = reader.read(pem, alg);
            boolean pss = alg.startsWith("PS");
            Signature signature = Signature.getInstance(pss ? "RSASSA-PSS" : "SHA" + alg.substring(2) + "withECDSAinP1363Format");
            if (pss) signature.setParameter(new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1));
            signature.initSign(key);
            signature.update("x".getBytes());
            signature.sign();
        } catch (Exception e) {
            text = e.toString();
            for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) text += "\nCaused by: " + cause;
        }
        System.out.print(library + "\0" + version + "\0" + input + "\0" + text + "\0");
    }

    public static void main(String[] args) throws Exception {
        String jdk = System.getProperty("java.version");
        for (int i = 0; i < args.length; i += 3) {
            say("JDK", jdk, args[i], (pem, alg) -> pkcs8(pem, alg, Base64.getDecoder()), args[i + 1], args[i + 2]);
            say("JDK, MIME decoder", jdk, args[i], (pem, alg) -> pkcs8(pem, alg, Base64.getMimeDecoder()), args[i + 1], args[i + 2]);
            say("Bouncy Castle", new BouncyCastleProvider().getVersionStr(), args[i], KeyTexts::bouncyCastle, args[i + 1], args[i + 2]);
        }
    }
}
