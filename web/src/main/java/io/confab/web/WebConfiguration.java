package io.confab.web;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import jakarta.servlet.DispatcherType;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.jetty.servlet.JettyServletWebServerFactory;
import org.springframework.boot.web.server.ConfigurableWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.oauth2.jose.jws.SignatureAlgorithm;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtValidators;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;
import org.springframework.security.oauth2.jwt.SupplierJwtDecoder;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.access.intercept.AuthorizationFilter;
import org.springframework.security.web.header.writers.ReferrerPolicyHeaderWriter.ReferrerPolicy;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/** The HTTP side of any Confab service: who may call, and how a refusal looks. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({SecuritySettings.class, WebSettings.class})
public class WebConfiguration {
  private static final Logger LOG = LoggerFactory.getLogger(WebConfiguration.class);

  /** No script, style or image from elsewhere; a WebSocket to where the page came from. */
  private static final String CONTENT_POLICY =
      "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none';"
          + " object-src 'none'; img-src 'self' data:";

  @Bean
  Authenticator authenticator(JwtDecoder decoder, Clock clock) {
    return new JwtAuthenticator(decoder, clock);
  }

  @Bean
  @Conditional(OwnKey.class)
  DevKey devKey(
      @Value("${confab.data-dir:./data}") Path dataDir,
      @Value("${confab.security.dev-key-file:}") String shared) {
    Path file = shared.isEmpty() ? dataDir.resolve("dev-signing-key.json") : Path.of(shared);
    DevKey key = DevKey.in(file);
    LOG.info(
        "No issuer is configured: the server signs tokens for anybody with the key in {} and"
            + " listens on loopback only",
        file);
    return key;
  }

  @Bean
  @Conditional(OwnKey.class)
  DevTokenController devTokenController(DevKey key, Clock clock) {
    return new DevTokenController(key, clock);
  }

  /**
   * Whoever can reach a server that signs for anybody can be anybody: it is reached from its own
   * machine alone.
   */
  @Bean
  @Conditional(OwnKey.class)
  WebServerFactoryCustomizer<ConfigurableWebServerFactory> loopbackOnly(
      @Value("${server.address:127.0.0.1}") String address) throws UnknownHostException {
    InetAddress configured = InetAddress.getByName(address);
    if (!configured.isLoopbackAddress()) {
      throw new InvalidSetting(
          "server.address is "
              + address
              + ", but without confab.security.issuer-uri or confab.security.jwk-set-uri the server"
              + " signs tokens for anybody and listens on loopback only");
    }
    return factory -> factory.setAddress(configured);
  }

  /** Before all other filters, and for every path, a WebSocket's too. */
  @Bean
  @Conditional(OwnKey.class)
  FilterRegistrationBean<LoopbackHostFilter> loopbackHostFilter() {
    FilterRegistrationBean<LoopbackHostFilter> registration =
        new FilterRegistrationBean<>(new LoopbackHostFilter());
    registration.setOrder(Ordered.HIGHEST_PRECEDENCE);
    return registration;
  }

  @Bean
  JwtDecoder jwtDecoder(SecuritySettings settings, @Nullable DevKey devKey) {
    if (devKey != null) {
      return ownKeyDecoder(devKey.publicKey());
    }
    String issuer = settings.issuerUri();
    String jwkSet = settings.jwkSetUri();
    if (jwkSet == null) {
      return new SupplierJwtDecoder(() -> NimbusJwtDecoder.withIssuerLocation(issuer).build());
    }
    NimbusJwtDecoder decoder =
        NimbusJwtDecoder.withJwkSetUri(jwkSet)
            .jwsAlgorithms(
                algorithms ->
                    algorithms.addAll(
                        List.of(
                            SignatureAlgorithm.RS256,
                            SignatureAlgorithm.PS256,
                            SignatureAlgorithm.ES256)))
            .build();
    decoder.setJwtValidator(
        issuer == null
            ? JwtValidators.createDefault()
            : JwtValidators.createDefaultWithIssuer(issuer));
    return decoder;
  }

  private static JwtDecoder ownKeyDecoder(ECKey key) {
    DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
    processor.setJWSKeySelector(
        new JWSVerificationKeySelector<>(
            JWSAlgorithm.ES256, new ImmutableJWKSet<>(new JWKSet(key))));
    processor.setJWTClaimsSetVerifier((claims, context) -> {}); // the decoder checks the times
    return new NimbusJwtDecoder(processor);
  }

  @Bean
  SecurityFilterChain apiSecurity(HttpSecurity http, Authenticator authenticator) {
    return http.csrf(AbstractHttpConfigurer::disable) // no cookies, no sessions
        .sessionManagement(s -> s.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
        .logout(AbstractHttpConfigurer::disable)
        .requestCache(AbstractHttpConfigurer::disable)
        .anonymous(AbstractHttpConfigurer::disable)
        .headers(
            headers ->
                headers
                    .contentSecurityPolicy(policy -> policy.policyDirectives(CONTENT_POLICY))
                    .referrerPolicy(referrer -> referrer.policy(ReferrerPolicy.NO_REFERRER)))
        .addFilterBefore(new BearerTokenFilter(authenticator), AuthorizationFilter.class)
        .exceptionHandling(
            handling ->
                handling.authenticationEntryPoint(
                    (request, response, e) ->
                        ProblemResponses.write(response, Problem.of(JwtAuthenticator.noToken()))))
        .authorizeHttpRequests(
            requests ->
                requests
                    .dispatcherTypeMatchers(DispatcherType.ERROR, DispatcherType.ASYNC)
                    .permitAll()
                    .requestMatchers("/api/dev/tokens", "/api/*.yaml")
                    .permitAll()
                    .requestMatchers("/api/**")
                    .authenticated()
                    .anyRequest()
                    .permitAll())
        .build();
  }

  @Bean
  FilterRegistrationBean<RequestSizeFilter> requestSizeFilter(WebSettings settings) {
    FilterRegistrationBean<RequestSizeFilter> registration =
        new FilterRegistrationBean<>(new RequestSizeFilter(settings.maxRequestSize().toBytes()));
    registration.setOrder(Ordered.HIGHEST_PRECEDENCE + 1);
    return registration;
  }

  @Bean
  ProblemAdvice problemAdvice() {
    return new ProblemAdvice();
  }

  @Bean
  ProblemErrorController problemErrorController() {
    return new ProblemErrorController();
  }

  @Bean
  WebServerFactoryCustomizer<JettyServletWebServerFactory> problemsFromJetty() {
    return factory ->
        factory.addServerCustomizers(server -> server.setErrorHandler(new ProblemErrorHandler()));
  }

  @Bean
  WebMvcConfigurer callerArguments() {
    return new WebMvcConfigurer() {
      @Override
      public void addArgumentResolvers(List<HandlerMethodArgumentResolver> resolvers) {
        resolvers.add(new CallerArgumentResolver());
      }
    };
  }

  /** Holds where the server has to sign its own tokens. */
  static final class OwnKey implements Condition {
    @Override
    public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
      return context.getEnvironment().getProperty("confab.security.issuer-uri") == null
          && context.getEnvironment().getProperty("confab.security.jwk-set-uri") == null;
    }
  }
}
