#include "fft.h"

#if !__has_include(<kissfft/kissfft.hh>)
#error "kissfft is not installed; run scripts/setup, or apt-get install libkissfft-dev"
#endif

// Products of complex numbers as they are on paper: what C adds for infinite ones takes longer than
// the transform.
#pragma STDC CX_LIMITED_RANGE ON

#include <kissfft/kissfft.hh>

#include <cmath>
#include <complex>
#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <vector>

namespace {

using Number = std::complex<double>;

/// The product that a limited range gives, whatever the compiler makes of `*`.
inline Number product(Number a, Number b) {
    return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}

size_t largest_factor(size_t n) {
    size_t largest = 1;
    for (size_t p = 2; p * p <= n; p += p == 2 ? 1 : 2)
        for (; n % p == 0; n /= p) largest = p;
    return n > 1 ? n : largest;
}

/// The least length from n on that has the factors 2, 3 and 5 only.
size_t smooth_length(size_t n) {
    for (;; n++) {
        size_t rest = n;
        for (size_t p : {2, 3, 5})
            while (rest % p == 0) rest /= p;
        if (rest == 1) return n;
    }
}

/// What a transform of one length and direction needs, computed once.
class Plan {
  public:
    const size_t length;
    const bool is_inverse;

    Plan(size_t length, bool is_inverse)
        : length(length), is_inverse(is_inverse), is_convolution(largest_factor(length) > 50),
          inner(is_convolution ? smooth_length(2 * length - 1) : length),
          direct(inner, is_convolution ? false : is_inverse) {
        if (!is_convolution) return;
        back.reset(new kissfft<double>(inner, true));
        // Bluestein, "A linear filtering approach to the computation of the discrete Fourier
        // transform", 1970: jk = (j² + k² - (k - j)²) / 2 makes a convolution of the sum.
        const double step = (is_inverse ? 1 : -1) * std::acos(-1.0) / double(length);
        chirp.resize(length);
        uint64_t square = 0;  // i² modulo 2 length
        for (size_t i = 0; i < length; i++) {
            chirp[i] = std::polar(1.0, step * double(square));
            square = (square + 2 * i + 1) % (2 * uint64_t(length));
        }
        std::vector<Number> filter(inner);
        for (size_t i = 0; i < length; i++) {
            filter[i] = std::conj(chirp[i]) / double(inner);
            if (i > 0) filter[inner - i] = filter[i];
        }
        spectrum.resize(inner);
        direct.transform(filter.data(), spectrum.data());
        padded.resize(inner);
        product_.resize(inner);
    }

    /// out and x are different memory.
    void transform(const Number *x, Number *out) {
        if (!is_convolution) return direct.transform(x, out);
        for (size_t i = 0; i < length; i++) padded[i] = product(x[i], chirp[i]);
        for (size_t i = length; i < inner; i++) padded[i] = 0;
        direct.transform(padded.data(), product_.data());
        for (size_t i = 0; i < inner; i++) product_[i] = product(product_[i], spectrum[i]);
        back->transform(product_.data(), padded.data());
        for (size_t i = 0; i < length; i++) out[i] = product(padded[i], chirp[i]);
    }

    /// The first half of the transform of 2 length real numbers, from pairs of them.
    void transform_real(const double *x, Number *out) {
        transform(reinterpret_cast<const Number *>(x), out);
        const size_t n = length;
        const Number first = out[0];
        out[0] = first.real() + first.imag();
        out[n] = first.real() - first.imag();
        if (turns.empty()) {
            turns.resize(n / 2 + 1);
            const double step = (is_inverse ? 1 : -1) * std::acos(-1.0) / double(n);
            for (size_t k = 0; k < turns.size(); k++) turns[k] = std::polar(1.0, step * double(k));
        }
        for (size_t k = 1; 2 * k <= n; k++) {
            const Number a = out[k], b = std::conj(out[n - k]);
            const Number even = 0.5 * (a + b), odd = 0.5 * (a - b);
            const Number turned = product(turns[k], Number(odd.imag(), -odd.real()));
            out[k] = even + turned;
            out[n - k] = std::conj(even - turned);
        }
    }

  private:
    const bool is_convolution;
    const size_t inner;
    kissfft<double> direct;
    std::unique_ptr<kissfft<double>> back;
    std::vector<Number> chirp, spectrum, padded, product_, turns;
};

/// Plans that nobody uses at the moment; a plan has memory of its own to compute in, so two threads
/// need two.
class Shelf {
  public:
    std::unique_ptr<Plan> take(size_t length, bool is_inverse) {
        {
            const std::lock_guard<std::mutex> lock(mutex);
            for (size_t i = plans.size(); i-- > 0;) {
                if (plans[i]->length != length || plans[i]->is_inverse != is_inverse) continue;
                std::unique_ptr<Plan> found = std::move(plans[i]);
                plans.erase(plans.begin() + std::ptrdiff_t(i));
                return found;
            }
        }
        return std::unique_ptr<Plan>(new Plan(length, is_inverse));
    }

    void give_back(std::unique_ptr<Plan> plan) {
        const std::lock_guard<std::mutex> lock(mutex);
        if (plans.size() >= room) plans.erase(plans.begin());
        plans.push_back(std::move(plan));
    }

  private:
    static constexpr size_t room = 32;
    std::mutex mutex;
    std::vector<std::unique_ptr<Plan>> plans;
};

Shelf &shelf() {
    // Never destroyed: threads may still transform when the process ends.
    static Shelf *const shared = new Shelf;
    return *shared;
}

template <typename Real>
void transform_rows(apus_fft_kind kind, bool is_inverse, const Real *x, Real *out, size_t rows,
                    size_t length, double scale) {
    const size_t half = length / 2 + 1;
    const bool is_real = kind == APUS_FFT_REAL || kind == APUS_FFT_REAL_TO_ALL;
    const bool is_paired = is_real && length % 2 == 0;
    std::unique_ptr<Plan> plan = shelf().take(is_paired ? length / 2 : length, is_inverse);
    std::vector<Number> from(length), to(length + 1);
    for (size_t row = 0; row < rows; row++) {
        if (is_real) {
            const Real *source = x + row * length;
            double *pairs = reinterpret_cast<double *>(from.data());
            for (size_t i = 0; i < length; i++) {
                if (is_paired)
                    pairs[i] = double(source[i]);
                else
                    from[i] = double(source[i]);
            }
        } else {
            const size_t count = kind == APUS_FFT_COMPLEX ? length : half;
            const Real *source = x + 2 * row * count;
            for (size_t i = 0; i < count; i++)
                from[i] = Number(double(source[2 * i]), double(source[2 * i + 1]));
        }
        if (kind == APUS_FFT_HERMITIAN) {
            // Numbers that are their own conjugates are real, whatever is there.
            from[0].imag(0);
            if (length % 2 == 0) from[length / 2].imag(0);
            for (size_t i = half; i < length; i++) from[i] = std::conj(from[length - i]);
        }
        if (is_paired)
            plan->transform_real(reinterpret_cast<const double *>(from.data()), to.data());
        else
            plan->transform(from.data(), to.data());
        if (kind == APUS_FFT_HERMITIAN) {
            Real *target = out + row * length;
            for (size_t i = 0; i < length; i++) target[i] = Real(to[i].real() * scale);
        } else {
            if (kind == APUS_FFT_REAL_TO_ALL)
                for (size_t i = half; i < length; i++) to[i] = std::conj(to[length - i]);
            const size_t count = kind == APUS_FFT_REAL ? half : length;
            Real *target = out + 2 * row * count;
            for (size_t i = 0; i < count; i++) {
                target[2 * i] = Real(to[i].real() * scale);
                target[2 * i + 1] = Real(to[i].imag() * scale);
            }
        }
    }
    shelf().give_back(std::move(plan));
}

}  // namespace

extern "C" const char *apus_fft_name(void) { return "kissfft"; }

extern "C" bool apus_fft_rows(apus_fft_kind kind, bool is_inverse, bool is_double, const void *x,
                              void *out, size_t rows, size_t length, double scale) {
    if (rows == 0 || length == 0) return true;
    try {
        if (is_double)
            transform_rows(kind, is_inverse, static_cast<const double *>(x),
                           static_cast<double *>(out), rows, length, scale);
        else
            transform_rows(kind, is_inverse, static_cast<const float *>(x),
                           static_cast<float *>(out), rows, length, scale);
        return true;
    } catch (...) {
        return false;
    }
}
