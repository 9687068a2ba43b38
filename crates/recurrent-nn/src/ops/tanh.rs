//! The hyperbolic tangent of a whole register.

use pulp::Simd;

/// tanh(x) as a quotient of polynomials in x, of degrees 13 and 6, the ones that Eigen uses.
/// The error is below 4e-7, absolute and (for |x| above 1e-35) relative, as the test below measures.
#[inline(always)]
pub(super) fn f32_lanes<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    const NUMERATOR: [f32; 7] = [
        -2.760_768_5e-16,
        2.000_188e-13,
        -8.604_672e-11,
        5.122_297e-8,
        1.485_722_4e-5,
        6.372_619_3e-4,
        4.893_524_6e-3,
    ];
    const DENOMINATOR: [f32; 4] = [1.198_258_4e-6, 1.185_347_1e-4, 2.268_434_6e-3, 4.893_525e-3];
    // Beyond this, tanh is 1 in f32. `x` comes second because x86's min and max keep a NaN only there.
    let bound = simd.splat_f32s(7.905_311);
    let x = simd.max_f32s(simd.neg_f32s(bound), simd.min_f32s(bound, x));
    let square = simd.mul_f32s(x, x);
    let horner = |factors: &[f32]| {
        let mut sum = simd.splat_f32s(factors[0]);
        for &factor in &factors[1..] {
            sum = simd.mul_add_f32s(sum, square, simd.splat_f32s(factor));
        }
        sum
    };
    simd.div_f32s(simd.mul_f32s(x, horner(&NUMERATOR)), horner(&DENOMINATOR))
}

/// In f64 the standard library's, one number after the other: exactness comes before speed.
#[inline(always)]
pub(super) fn f64_lanes<S: Simd>(simd: S, x: S::f64s) -> S::f64s {
    let mut values = [0.0; 64];
    let values = &mut values[..S::F64_LANES];
    simd.partial_store_f64s(values, x);
    values.iter_mut().for_each(|value| *value = value.tanh());
    simd.partial_load_f64s(values)
}

#[cfg(test)]
mod tests {
    use super::super::{
        Scalar,
        lanes::{Vector, dispatch, pieces},
    };
    use pulp::{Simd, WithSimd};

    enum Function {
        Tanh,
        Sigmoid,
    }

    struct Map<'a, T>(Function, &'a mut [T]);

    impl<T: Scalar> WithSimd for Map<'_, T> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            for piece in pieces::<S, T>(self.1.len()) {
                let x = Vector::load(simd, &self.1[piece.clone()]);
                let y = match self.0 {
                    Function::Tanh => x.tanh(),
                    Function::Sigmoid => x.sigmoid(),
                };
                y.store(&mut self.1[piece]);
            }
        }
    }

    /// The largest absolute and relative error over every 1,009th of all finite f32.
    fn largest_error(function: Function, exact: impl Fn(f64) -> f64) -> (f64, f64) {
        let bits = (0..=u32::MAX).step_by(1009);
        let x: Vec<f32> = bits.map(f32::from_bits).filter(|x| x.is_finite()).collect();
        let mut y = x.clone();
        dispatch(Map(function, &mut y));
        let mut largest = (0f64, 0f64);
        for (x, y) in x.into_iter().zip(y) {
            let exact = exact(x as f64);
            let error = (y as f64 - exact).abs();
            largest.0 = largest.0.max(error);
            if exact.abs() > 1e-35 {
                largest.1 = largest.1.max(error / exact.abs());
            }
        }
        largest
    }

    #[test]
    fn f32_errors_are_below_the_stated_bounds() {
        let (absolute, relative) = largest_error(Function::Tanh, f64::tanh);
        assert!(
            absolute < 4e-7 && relative < 4e-7,
            "tanh: {absolute:e}, {relative:e}"
        );
        let (absolute, _) = largest_error(Function::Sigmoid, |x| 1.0 / (1.0 + (-x).exp()));
        assert!(absolute < 2e-7, "sigmoid: {absolute:e}");
    }

    #[test]
    fn f64_tanh_is_the_standard_librarys() {
        let x: Vec<f64> = (-401..400).map(|x| x as f64 / 20.0).collect();
        let mut y = x.clone();
        dispatch(Map(Function::Tanh, &mut y));
        assert!(x.iter().zip(&y).all(|(x, y)| x.tanh() == *y));
    }

    #[test]
    fn what_is_not_a_number_stays_so() {
        let mut y = [f32::NAN; 11];
        dispatch(Map(Function::Tanh, &mut y));
        assert!(y.iter().all(|y| y.is_nan()));
    }
}
