package io.confab.web;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Set;

/**
 * A signing key of the server's own (P-256), for a laptop and for tests. Kept in a file that only
 * its owner can read, so that tokens outlive a restart. Safe for use by many threads.
 */
public final class DevKey {
  /** How long a token is good for. */
  public static final Duration VALIDITY = Duration.ofDays(7);

  private final ECKey key;

  private DevKey(ECKey key) {
    this.key = key;
  }

  /**
   * The key in {@code file}; made where there is none. Of many processes that make it at once, all
   * have the same.
   *
   * @throws UncheckedIOException where the file can be neither read nor written, or holds no key
   */
  public static DevKey in(Path file) {
    try {
      if (!Files.exists(file)) {
        make(file);
      }
      return new DevKey(ECKey.parse(Files.readString(file)));
    } catch (IOException e) {
      throw new UncheckedIOException("the signing key in " + file + ": " + e.getMessage(), e);
    } catch (ParseException | JOSEException e) {
      throw new UncheckedIOException(
          file + " does not hold a signing key; delete it, and the server makes a new one",
          new IOException(e));
    }
  }

  /** Nobody sees a file that is not whole: it gets its name when it is, if nobody was before. */
  private static void make(Path file) throws IOException, JOSEException {
    ECKey key = new ECKeyGenerator(Curve.P_256).keyID("dev").generate();
    Path directory = file.toAbsolutePath().getParent();
    Files.createDirectories(directory);
    Path whole =
        Files.createTempFile(
            directory,
            file.getFileName().toString(),
            null,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try {
      Files.writeString(whole, key.toJSONString());
      Files.createLink(file, whole);
    } catch (FileAlreadyExistsException another) {
      // its key is the one
    } finally {
      Files.delete(whole);
    }
  }

  /** The half that verifies. */
  ECKey publicKey() {
    return key.toPublicJWK();
  }

  /** A token for that user, good from {@code now} for {@link #VALIDITY}. */
  public String token(String user, Set<Caller.Role> roles, Instant now) {
    JWTClaimsSet claims =
        new JWTClaimsSet.Builder()
            .subject(user)
            .claim("roles", roles.stream().map(Caller.Role::wireName).sorted().toList())
            .issueTime(Date.from(now))
            .expirationTime(Date.from(now.plus(VALIDITY)))
            .build();
    SignedJWT token =
        new SignedJWT(new JWSHeader.Builder(JWSAlgorithm.ES256).keyID("dev").build(), claims);
    try {
      token.sign(new ECDSASigner(key));
    } catch (JOSEException e) {
      throw new IllegalStateException("signing with a P-256 key", e);
    }
    return token.serialize();
  }
}
