<?php // phpseclib/phpseclib 3.0.19: composer require phpseclib/phpseclib:^3.0.19 (with PHP's curl)
require 'vendor/autoload.php';
$encode = fn(string $bytes) => rtrim(strtr(base64_encode($bytes), '+/', '-_'), '=');
$json = fn(array $values) => $encode(json_encode($values, JSON_UNESCAPED_SLASHES));
$send = function (string $url, array $options) {
    $request = curl_init($url);
    curl_setopt_array($request, $options + [CURLOPT_RETURNTRANSFER => true, CURLOPT_TIMEOUT => 30]);
    return curl_exec($request) ?: exit(curl_error($request) . "\n");
};
$host = 'https://' . strtolower(strtr(getenv('NETSUITE_ACCOUNT_ID'), '_', '-')) . '.suitetalk.api.netsuite.com';
$tokenUrl = "$host/services/rest/auth/oauth2/v1/token";
$key = phpseclib3\Crypt\PublicKeyLoader::loadPrivateKey(file_get_contents(getenv('NETSUITE_PRIVATE_KEY_PATH')));
$header = ['typ' => 'JWT', 'alg' => 'PS256', 'kid' => getenv('NETSUITE_CERTIFICATE_ID')];
$claims = ['iss' => getenv('NETSUITE_CLIENT_ID'), 'scope' => 'rest_webservices', 'aud' => $tokenUrl,
    'iat' => time(), 'exp' => time() + 300];
$unsigned = $json($header) . '.' . $json($claims);
$signature = $key->withHash('sha256')->withMGFHash('sha256')->withSaltLength(32)->sign($unsigned);
$answer = $send($tokenUrl, [CURLOPT_POSTFIELDS => http_build_query([
    'grant_type' => 'client_credentials',
    'client_assertion_type' => 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    'client_assertion' => $unsigned . '.' . $encode($signature)])]);
$token = json_decode($answer)->access_token ?? exit("$answer\n");
echo $send("$host/services/rest/system/v1/serverTime", [CURLOPT_HTTPHEADER => ["Authorization: Bearer $token"]]), "\n";
