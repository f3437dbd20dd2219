<?php
// What PHP's signing libraries say of a damaged or wrong key.
// Standard input: a list of {name, file, alg, passphrase}; without file the key is null.
// Standard output: a list of {library, version, input, text}; without text it signed.
require 'phpseclib3/autoload.php';

use phpseclib3\Crypt\EC;
use phpseclib3\Crypt\PublicKeyLoader;
use phpseclib3\Crypt\RSA;

set_error_handler(function ($level, $message) { throw new ErrorException("Warning: $message", 0, $level); });

$libraries = [
    'phpseclib' => function ($key, $alg, $passphrase) {
        $loaded = PublicKeyLoader::loadPrivateKey($key, $passphrase ?? false);
        if (!($loaded instanceof RSA) || $loaded->getLength() < 2048) { // without the extension gmp, a large key needs half a second
            $loaded->withHash('sha256')->sign('x');
        }
    },
    'phpseclib, RSA::load' => function ($key, $alg, $passphrase) {
        $class = $alg[0] === 'E' ? EC::class : RSA::class;
        $class::load($key, $passphrase ?? false);
    },
    'php openssl_sign' => function ($key, $alg, $passphrase) {
        openssl_sign('x', $signature, $passphrase === null ? $key : [$key, $passphrase], OPENSSL_ALGO_SHA256) || throw new Exception(openssl_error_string());
    },
    'php openssl_pkey_get_private' => function ($key, $alg, $passphrase) {
        if (openssl_pkey_get_private($key, $passphrase ?? '') === false && ($why = openssl_error_string())) {
            throw new Exception($why);
        }
    },
];
$debian = fn ($package) => trim(shell_exec("dpkg-query -W -f '\${Version}' $package"));
$said = [];
foreach (json_decode(file_get_contents('php://stdin'), true) as $given) {
    foreach ($libraries as $library => $sign) {
        $text = '';
        while (openssl_error_string() !== false);
        try {
            $sign(isset($given['file']) ? file_get_contents($given['file']) : null, $given['alg'], $given['passphrase'] ?? null);
        } catch (Throwable $e) {
            $text = get_class($e) . ': ' . $e->getMessage();
        }
        $said[] = ['library' => $library, 'version' => $library[3] === 's' ? $debian('php-phpseclib3') : PHP_VERSION, 'input' => $given['name'], 'text' => $text];
    }
}
echo json_encode($said, JSON_INVALID_UTF8_SUBSTITUTE | JSON_THROW_ON_ERROR);
