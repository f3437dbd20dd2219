# What Ruby's signing libraries say of a damaged or wrong key.
# Standard input: a list of {name, file, alg, passphrase}; without file the key is nil.
# Standard output: a list of {library, version, input, text}; without text it signed.
require 'json'
require 'jwt'
require 'json/jwt'
require 'openssl'

libraries = {
  'ruby-jwt' => lambda { |key, alg, passphrase|
    kind = alg.start_with?('ES') ? OpenSSL::PKey::EC : OpenSSL::PKey::RSA
    JWT.encode({}, kind.new(key, passphrase || ""), alg)
  },
  'ruby-jwt, OpenSSL::PKey.read' => ->(key, alg, passphrase) { JWT.encode({}, OpenSSL::PKey.read(key, passphrase || ''), alg) },
  'ruby-jwt, key as text' => ->(key, alg, _) { JWT.encode({}, key, alg) },
  'json-jwt' => ->(key, alg, passphrase) { JSON::JWT.new({}).sign(OpenSSL::PKey.read(key, passphrase || ''), alg.to_sym).to_s }
}
versions = { 'json-jwt' => Gem.loaded_specs['json-jwt'].version.to_s }

said = JSON.parse($stdin.read).flat_map do |given|
  libraries.filter_map do |library, sign|
    next if library.end_with?('key as text') && given['name'] != 'good' # it prints an EC key

    text = ''
    begin
      sign.call(given['file'] && File.binread(given['file']), given['alg'], given['passphrase'])
    rescue StandardError => e
      text = "#{e.message} (#{e.class})"
    end
    { library: library, version: versions.fetch(library, JWT::VERSION::STRING), input: given['name'], text: text.dup.force_encoding('UTF-8').scrub }
  end
end
puts JSON.generate(said)
