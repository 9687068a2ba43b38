//! Multinomial logistic regression over counts of tokens: what a classifier can do that does not see their order.

/// Weights, one row of `classes` numbers for each token and a last one for the bias.
pub struct Model {
    weights: Vec<f64>,
    classes: usize,
}

/// Minimises the mean cross-entropy plus `decay / 2 * |weights|^2` by gradient descent with Nesterov's momentum and a
/// step that is halved where it was too long, until the gradient is small: the problem is convex, so this is the best
/// there is.
pub fn fit(texts: &[Vec<u32>], labels: &[u32], vocabulary: usize, classes: usize, decay: f64) -> Model {
    let mut weights = vec![0.0; (vocabulary + 1) * classes];
    let mut ahead = weights.clone();
    let (mut step, mut momentum) = (1.0, 1.0f64);
    for _ in 0..400 {
        let (loss, gradient) = loss_and_gradient(&ahead, texts, labels, classes, decay);
        let squared: f64 = gradient.iter().map(|g| g * g).sum();
        if squared.sqrt() < 1e-4 {
            break;
        }
        let next = loop {
            let next: Vec<f64> = ahead.iter().zip(&gradient).map(|(w, g)| w - step * g).collect();
            if loss_and_gradient(&next, texts, labels, classes, decay).0 <= loss - 0.5 * step * squared {
                break next;
            }
            step *= 0.5;
        };
        let next_momentum = 0.5 * (1.0 + (1.0 + 4.0 * momentum * momentum).sqrt());
        ahead =
            next.iter().zip(&weights).map(|(new, old)| new + (momentum - 1.0) / next_momentum * (new - old)).collect();
        (weights, momentum) = (next, next_momentum);
        step *= 1.1;
    }
    Model { weights, classes }
}

impl Model {
    pub fn accuracy(&self, texts: &[Vec<u32>], labels: &[u32]) -> f64 {
        let right = texts.iter().zip(labels).filter(|(text, label)| {
            let scores = scores(&self.weights, text, self.classes);
            let best = (0..self.classes).max_by(|&a, &b| scores[a].total_cmp(&scores[b]));
            best == Some(**label as usize)
        });
        right.count() as f64 / labels.len() as f64
    }
}

fn scores(weights: &[f64], text: &[u32], classes: usize) -> Vec<f64> {
    let mut scores = weights[weights.len() - classes..].to_vec();
    for &token in text {
        let row = &weights[token as usize * classes..][..classes];
        scores.iter_mut().zip(row).for_each(|(score, weight)| *score += weight);
    }
    scores
}

fn loss_and_gradient(
    weights: &[f64],
    texts: &[Vec<u32>],
    labels: &[u32],
    classes: usize,
    decay: f64,
) -> (f64, Vec<f64>) {
    let rows = texts.len() as f64;
    let bias = weights.len() - classes;
    let mut gradient: Vec<f64> = weights[..bias].iter().map(|w| decay * w).collect();
    gradient.resize(weights.len(), 0.0);
    let mut loss = 0.5 * decay * weights[..bias].iter().map(|w| w * w).sum::<f64>();
    for (text, &label) in texts.iter().zip(labels) {
        let scores = scores(weights, text, classes);
        let largest = scores.iter().copied().fold(f64::MIN, f64::max);
        let log_sum = largest + scores.iter().map(|s| (s - largest).exp()).sum::<f64>().ln();
        loss += (log_sum - scores[label as usize]) / rows;
        for class in 0..classes {
            let error = ((scores[class] - log_sum).exp() - f64::from(class == label as usize)) / rows;
            text.iter().for_each(|&token| gradient[token as usize * classes + class] += error);
            gradient[bias + class] += error;
        }
    }
    (loss, gradient)
}
